"""The conditional VAE."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from aebench.core.counts import Count
from aebench.models.base import Classes, Likelihood, Model
from aebench.nets.base import Decoder, Encoder

if TYPE_CHECKING:
    from torch import nn


class ConditionalVAE(Model):
    """The VAE conditioned on the label, one of `classes`."""

    name: Literal["conditional-vae"] = "conditional-vae"
    classes: Classes
    latent: Count
    encoder: Encoder
    decoder: Decoder
    likelihood: Likelihood = Field(default="bernoulli", validate_default=True)

    def build(self, image_shape: Sequence[int]) -> "nn.Module":
        from aebench.models import conditional

        return conditional.ConditionalVAE(
            image_shape, self.classes, self.latent, self.encoder, self.decoder, self.likelihood
        )
