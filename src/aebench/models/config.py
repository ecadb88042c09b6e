"""Models as runs and saved models describe them; torch is imported where they are built."""

from typing import Annotated, Literal

from pydantic import Field, PositiveInt

from aebench.models.likelihoods import LikelihoodName
from aebench.nets.config import DecoderConfig, EncoderConfig, Regularized, Widths
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


class VAE(Section):
    """The variational autoencoder with any encoder and decoder."""

    name: Literal["vae"]
    image_shape: ImageShape
    latent: PositiveInt
    encoder: EncoderConfig
    decoder: DecoderConfig
    likelihood: LikelihoodName = "bernoulli"


ModelConfig = Annotated[Stacked | Autoencoder | VAE, Field(discriminator="name")]
