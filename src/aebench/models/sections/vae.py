"""The variational autoencoder, and the parts that make it another one."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, PositiveInt, model_validator

from aebench.core.schema import Section
from aebench.models.base import Flow, Likelihood, Model, Pixels, Prior
from aebench.nets.activations import Activation
from aebench.nets.base import Decoder, Encoder, Kernel, Widths

if TYPE_CHECKING:
    from torch import nn


class Vamp(Prior):
    """The prior is the mean posterior of `pseudo_inputs`, which are learned.

    In a two-layer VAE it is the prior of h2, and pseudo-inputs are values of h1.
    """

    name: Literal["vamp"] = "vamp"
    pseudo_inputs: PositiveInt = 500

    def build(self, latent: int, image_shape: Sequence[int]) -> "nn.Module":
        from aebench.models.vampprior import PseudoInputs

        return PseudoInputs(self.pseudo_inputs, image_shape)


class IAF(Flow):
    """Inverse autoregressive steps after the Gaussian posterior, each a masked dense net."""

    name: Literal["iaf"] = "iaf"
    steps: PositiveInt
    widths: Widths
    unit: Activation

    def build(self, latent: int) -> "nn.Module":
        from aebench.models.iaf import InverseAutoregressiveFlow

        return InverseAutoregressiveFlow(latent, self)


class PixelCNN(Pixels):
    """Each pixel also depends on those before it: a causal net of `blocks` after the decoder."""

    name: Literal["pixelcnn"] = "pixelcnn"
    blocks: PositiveInt
    unit: Activation
    # Of 1, no pixel would see another.
    kernel: Annotated[Kernel, Field(ge=3)] = 3
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0

    def build(self, colours: int) -> "nn.Module":
        from aebench.models.pixelcnn import ConditionalPixelCNN

        return ConditionalPixelCNN(colours, self)


class VAE(Model):
    """The variational autoencoder with any encoder and decoder."""

    name: Literal["vae"] = "vae"
    latent: PositiveInt
    encoder: Encoder
    decoder: Decoder
    likelihood: Likelihood = Field(default="bernoulli", validate_default=True)
    # null: N(0, I).
    prior: Prior | None = None
    # null: the posterior is a Gaussian with independent latents.
    flow: Flow | None = None
    # null: given the code, pixels are independent.
    pixels: Pixels | None = None

    @model_validator(mode="after")
    def _pixels_of_one_number(self):
        if self.pixels and self.likelihood.name != "bernoulli":
            raise ValueError(
                f"pixels {self.pixels.name} draws pixels of 0 and 1, and likelihood "
                f"{self.likelihood.name} has others; allowed: likelihood bernoulli"
            )
        return self

    @model_validator(mode="after")
    def _known_density(self):
        if self.prior and self.flow:
            raise ValueError(
                f"prior {self.prior.name} needs the posterior's density everywhere, which a flow "
                "gives only for its own draws; allowed: one of prior and flow"
            )
        return self

    @model_validator(mode="after")
    def _own_statistics(self):
        check_no_batch_norm(self.prior, self.encoder, "encoder")
        return self

    def build(self, image_shape: Sequence[int]) -> "nn.Module":
        from aebench.models import vae

        return vae.VAE(image_shape, **{k: v for k, v in self if k != "name"})


def check_no_batch_norm(prior: Prior | None, net: Section, name: str) -> None:
    """Raise ValueError where pseudo-inputs would enter the running statistics of a net.

    These would then be neither theirs nor those of the images.
    """
    if prior and getattr(net, "batch_norm", False):
        raise ValueError(
            f"prior {prior.name} sends what it learns through the {name}, whose batch norm would "
            f"mix it with images; allowed: {name}.batch_norm false"
        )
