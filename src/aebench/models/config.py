"""Models as runs and saved models describe them; torch is imported where they are built."""

from typing import Annotated, Literal

from pydantic import Field, PositiveInt, model_validator

from aebench.models.likelihoods import LikelihoodName
from aebench.nets.config import (
    DecoderConfig,
    Dense,
    EncoderConfig,
    Kernel,
    Regularized,
    Widths,
)
from aebench.nets.units import Unit
from aebench.schema import Section

ImageShape = Annotated[list[PositiveInt], Field(min_length=3, max_length=3)]


class StackedNet(Regularized):
    """Dense layers of `widths` down to the code, mirrored on the way up."""

    widths: Widths
    unit: Unit
    # Each decoder layer uses its encoder layer's matrix, transposed.
    tied: bool = False


class Stacked(StackedNet):
    """The stacked autoencoder; the code is linear, or has the unit of a hidden layer to be."""

    name: Literal["stacked"]
    image_shape: ImageShape
    code: Unit = "linear"


class Autoencoder(Section):
    """Any encoder to `code` numbers, and any decoder from them."""

    name: Literal["autoencoder"]
    image_shape: ImageShape
    code: PositiveInt
    encoder: EncoderConfig
    decoder: DecoderConfig


class Vamp(Section):
    """The prior is the mean posterior of `pseudo_inputs`, which are learned.

    In a two-layer VAE it is the prior of h2, and pseudo-inputs are values of h1.
    """

    name: Literal["vamp"]
    pseudo_inputs: PositiveInt = 500


class IAF(Section):
    """Inverse autoregressive steps after the Gaussian posterior, each a masked dense net."""

    name: Literal["iaf"]
    steps: PositiveInt
    widths: Widths
    unit: Unit


class PixelCNN(Section):
    """Each pixel also depends on those before it: a causal net of `blocks` after the decoder."""

    name: Literal["pixelcnn"]
    channels: PositiveInt
    blocks: PositiveInt
    unit: Unit
    # Of 1, no pixel would see another.
    kernel: Annotated[Kernel, Field(ge=3)] = 3
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0


class VAE(Section):
    """The variational autoencoder with any encoder and decoder."""

    name: Literal["vae"]
    image_shape: ImageShape
    latent: PositiveInt
    encoder: EncoderConfig
    decoder: DecoderConfig
    likelihood: LikelihoodName = "bernoulli"
    # null: N(0, I).
    prior: Vamp | None = None
    # null: the posterior is a Gaussian with independent latents.
    flow: IAF | None = None
    # null: given the code, pixels are independent.
    pixels: PixelCNN | None = None

    @model_validator(mode="after")
    def _pixels_of_one_number(self):
        if self.pixels and self.likelihood != "bernoulli":
            raise ValueError(
                f"pixels pixelcnn draws pixels of 0 and 1, and likelihood {self.likelihood} has "
                "others; allowed: likelihood bernoulli"
            )
        return self

    @model_validator(mode="after")
    def _known_density(self):
        if self.prior and self.flow:
            raise ValueError(
                "prior vamp needs the posterior's density everywhere, which a flow gives only for "
                "its own draws; allowed: one of prior and flow"
            )
        return self

    @model_validator(mode="after")
    def _own_statistics(self):
        _without_batch_norm(self.prior, self.encoder, "encoder")
        return self


def _without_batch_norm(prior: Vamp | None, net: Regularized, name: str) -> None:
    # Pseudo-inputs would enter the running statistics, which are then neither theirs nor those of
    # the images.
    if prior and net.batch_norm:
        raise ValueError(
            f"prior vamp sends what it learns through the {name}, whose batch norm would mix it "
            f"with images; allowed: {name}.batch_norm false"
        )


class TwoLayerVAE(Section):
    """The VAE with two stochastic layers of `latents`, h1 and h2; the inner nets lie between."""

    name: Literal["two-layer-vae"]
    image_shape: ImageShape
    latents: Annotated[list[PositiveInt], Field(min_length=2, max_length=2)]
    encoder: EncoderConfig
    decoder: DecoderConfig
    inner_encoder: Dense
    inner_decoder: Dense
    likelihood: LikelihoodName = "bernoulli"
    # null: N(0, I).
    prior: Vamp | None = None

    @model_validator(mode="after")
    def _own_statistics(self):
        _without_batch_norm(self.prior, self.inner_encoder, "inner_encoder")
        return self


# As many as a byte can tell apart.
Classes = Annotated[PositiveInt, Field(le=256)]


class ConditionalVAE(Section):
    """The VAE of images whose label, one of `classes`, is given."""

    name: Literal["conditional-vae"]
    image_shape: ImageShape
    classes: Classes
    latent: PositiveInt
    encoder: EncoderConfig
    decoder: DecoderConfig
    likelihood: LikelihoodName = "bernoulli"


class Classifier(Section):
    """Any encoder to `features` numbers, by which the last layer tells `classes` apart."""

    name: Literal["classifier"]
    image_shape: ImageShape
    classes: Classes
    features: PositiveInt
    encoder: EncoderConfig


ModelConfig = Annotated[
    Stacked | Autoencoder | VAE | TwoLayerVAE | ConditionalVAE | Classifier,
    Field(discriminator="name"),
]
