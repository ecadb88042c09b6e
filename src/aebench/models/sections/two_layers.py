"""The VAE with two stochastic layers."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, model_validator

from aebench.core.counts import Count
from aebench.models.base import Likelihood, Model
from aebench.models.sections.vae import Vamp, check_no_batch_norm
from aebench.nets.base import Decoder, Encoder
from aebench.nets.sections.dense import DenseEncoder

if TYPE_CHECKING:
    from torch import nn


class TwoLayerVAE(Model):
    """The VAE with two stochastic layers h1 and h2 of `latents`; the inner nets connect them."""

    name: Literal["two-layer-vae"] = "two-layer-vae"
    latents: Annotated[list[Count], Field(min_length=2, max_length=2)]
    encoder: Encoder
    decoder: Decoder
    inner_encoder: DenseEncoder
    inner_decoder: DenseEncoder
    likelihood: Likelihood = Field(default="bernoulli", validate_default=True)
    # null: N(0, I).
    prior: Vamp | None = None

    @model_validator(mode="after")
    def _no_batch_norm_of_pseudo_inputs(self) -> Self:
        check_no_batch_norm(self.prior, self.inner_encoder, "inner_encoder")
        return self

    def build(self, image_shape: Sequence[int]) -> "nn.Module":
        from aebench.models import two_layers

        return two_layers.TwoLayerVAE(image_shape, **{k: v for k, v in self if k != "name"})
