"""The plain autoencoder."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal

from aebench.core.counts import Count
from aebench.core.schema import Added
from aebench.models.base import Model
from aebench.nets.base import Decoder, Encoder

if TYPE_CHECKING:
    from torch import nn


class Autoencoder(Model):
    """The autoencoder with any encoder, any decoder and a code of `code` dimensions."""

    name: Literal["autoencoder"] = "autoencoder"
    code: Count
    encoder: Encoder
    decoder: Decoder
    # A linear path beside both nets: it begins with random weights, or as PCA of the training
    # images, below whose error a training then never ends. null: none.
    linear: Annotated[Literal["random", "pca"] | None, Added(off=None)] = None

    def build(self, image_shape: Sequence[int]) -> "nn.Module":
        from aebench.models import autoencoder

        return autoencoder.Autoencoder(image_shape, **{k: v for k, v in self if k != "name"})
