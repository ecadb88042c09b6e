"""The variational autoencoder and its optional parts."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, model_validator

from aebench.core.counts import Count
from aebench.core.schema import Section
from aebench.models.base import Flow, Likelihood, Model, Pixels, Prior
from aebench.nets.activations import Activation
from aebench.nets.base import Decoder, Encoder, Kernel, Widths

if TYPE_CHECKING:
    from torch import nn

    from aebench.models.pixelcnn import ConditionalPixelCNN
    from aebench.models.vampprior import PseudoInputs


class Vamp(Prior):
    """The VampPrior: the mean posterior of learned `pseudo_inputs`.

    In a two-layer VAE it is the prior of h2, and pseudo-inputs are values of h1.
    """

    name: Literal["vamp"] = "vamp"
    pseudo_inputs: Count = 500

    def build(self, latent: int, image_shape: Sequence[int]) -> "PseudoInputs":
        from aebench.models.vampprior import PseudoInputs

        return PseudoInputs(self.pseudo_inputs, image_shape)


class IAF(Flow):
    """Inverse autoregressive flow: `steps` masked dense nets after the Gaussian posterior."""

    name: Literal["iaf"] = "iaf"
    steps: Count
    widths: Widths
    unit: Activation

    def build(self, latent: int) -> "nn.Module":
        from aebench.models.iaf import InverseAutoregressiveFlow

        return InverseAutoregressiveFlow(latent, self)


class PixelCNN(Pixels):
    """A causal convolutional net of `blocks` after the decoder."""

    name: Literal["pixelcnn"] = "pixelcnn"
    blocks: Count
    unit: Activation
    # With a kernel of 1, no pixel would see another.
    kernel: Annotated[Kernel, Field(ge=3)] = 3
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0

    def build(self, colours: int) -> "ConditionalPixelCNN":
        from aebench.models.pixelcnn import ConditionalPixelCNN

        return ConditionalPixelCNN(colours, self)


class VAE(Model):
    """The variational autoencoder with any encoder and decoder."""

    name: Literal["vae"] = "vae"
    latent: Count
    encoder: Encoder
    decoder: Decoder
    likelihood: Likelihood = Field(default="bernoulli", validate_default=True)
    # null: N(0, I).
    prior: Prior | None = None
    # null: a Gaussian posterior with independent latents.
    flow: Flow | None = None
    # null: pixels are independent given the code.
    pixels: Pixels | None = None

    @model_validator(mode="after")
    def _pixels_are_binary(self) -> Self:
        if self.pixels and self.likelihood.member_name != "bernoulli":
            raise ValueError(
                f"pixels {self.pixels.member_name} draws pixels of 0 and 1, and likelihood "
                f"{self.likelihood.member_name} has others; allowed: likelihood bernoulli"
            )
        return self

    @model_validator(mode="after")
    def _density_is_known(self) -> Self:
        if self.prior and self.flow:
            raise ValueError(
                f"prior {self.prior.member_name} needs the posterior's density everywhere, which a "
                "flow gives only for its own draws; allowed: one of prior and flow"
            )
        return self

    @model_validator(mode="after")
    def _no_batch_norm_of_pseudo_inputs(self) -> Self:
        check_no_batch_norm(self.prior, self.encoder, "encoder")
        return self

    def build(self, image_shape: Sequence[int]) -> "nn.Module":
        from aebench.models import vae

        return vae.VAE(image_shape, **{k: v for k, v in self if k != "name"})


def check_no_batch_norm(prior: Prior | None, net: Section, name: str) -> None:
    """Raise ValueError if pseudo-inputs would enter the running statistics of a net's batch norm.

    The statistics would be a mixture of theirs and those of images.
    """
    if prior and getattr(net, "batch_norm", False):
        raise ValueError(
            f"prior {prior.member_name} sends what it learns through the {name}, whose batch norm "
            f"would mix it with images; allowed: {name}.batch_norm false"
        )
