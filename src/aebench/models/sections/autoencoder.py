"""The plain autoencoder."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from aebench.core.counts import Count
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

    def build(self, image_shape: Sequence[int]) -> "nn.Module":
        from aebench.models import autoencoder

        return autoencoder.Autoencoder(image_shape, self.code, self.encoder, self.decoder)
