"""Networks that the config can name by `net`; torch is imported where they are built.

An encoder's and a decoder's sections differ in what only one of them can do. Layers are listed in
the order in which data passes through them, so a decoder that mirrors an encoder lists them
backwards.
"""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Discriminator, Field, PositiveInt, Tag, model_validator

from aebench.nets.init import InitConfig
from aebench.nets.units import Unit
from aebench.schema import Section

Widths = Annotated[list[PositiveInt], Field(min_length=1)]
Pooling = Literal["max", "average", "stochastic"]


def _odd(kernel: int) -> int:
    if kernel % 2 == 0:
        raise ValueError(f"{kernel} is not allowed; allowed: odd numbers, so that it has a centre")
    return kernel


Kernel = Annotated[PositiveInt, AfterValidator(_odd)]


class Regularized(Section):
    """What the hidden layers of any net may have."""

    # Share of the hidden units that are dropped in each training step.
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0
    # Before the unit, instead of a bias.
    batch_norm: bool = False
    # null: PyTorch's own.
    init: InitConfig | None = None


class Dense(Regularized):
    """The hidden layers of a dense network."""

    net: Literal["dense"] = "dense"
    widths: Widths
    unit: Unit


class Pyramid(Regularized):
    """Levels of feature maps, as many on each as `channels` says, and dense layers to the code."""

    channels: Widths
    unit: Unit
    # Hidden layers between the smallest maps and the code.
    dense: list[PositiveInt] = Field(default=[])


class Conv(Pyramid):
    """Convolutions, each at half the resolution of the one before."""

    net: Literal["conv"]
    kernel: Kernel = 3


def _drawable(downsample: str, unit: Unit) -> None:
    if downsample == "stochastic" and unit not in ("relu", "sigmoid"):
        raise ValueError(
            f"downsample: stochastic draws activations in proportion to them, and those of {unit} "
            "may be negative; allowed: with unit relu or sigmoid"
        )


class ConvEncoder(Conv):
    """Halves the resolution by the convolution's stride, or by pooling after it."""

    downsample: Literal["stride", "max", "average", "stochastic"] = "stride"

    @model_validator(mode="after")
    def _units_can_be_drawn(self):
        _drawable(self.downsample, self.unit)
        return self


class ConvDecoder(Conv):
    """Doubles the resolution by transposed convolutions, or repeats pixels before plain ones."""

    upsample: Literal["transposed", "nearest"] = "transposed"


class Inception(Pyramid):
    """Inception blocks, each at half the resolution of the one before.

    `channels` are a block's outputs, its four branches together. A decoder repeats pixels before
    each block, and ends in a 3 x 3 convolution.
    """

    net: Literal["inception"]
    channels: Annotated[list[Annotated[PositiveInt, Field(multiple_of=16)]], Field(min_length=1)]
    # smaller: 5 x 5 as two 3 x 3; asymmetric: each of those as 1 x 3 and 3 x 1.
    factorized: Literal["no", "smaller", "asymmetric"] = "no"


class InceptionEncoder(Inception):
    """Halves the resolution by pooling after each block."""

    downsample: Pooling = "max"

    @model_validator(mode="after")
    def _units_can_be_drawn(self):
        _drawable(self.downsample, self.unit)
        return self


class Residual(Pyramid):
    """`blocks` residual blocks at each resolution, which halves after each of `channels`."""

    net: Literal["residual"]
    blocks: PositiveInt = 1


def _net(value: Any) -> str:
    # A missing key means dense; so does what is no section at all, for Dense to complain of.
    found = value.get("net", "dense") if isinstance(value, dict) else getattr(value, "net", "dense")
    return str(found)


EncoderConfig = Annotated[
    Annotated[Dense, Tag("dense")]
    | Annotated[ConvEncoder, Tag("conv")]
    | Annotated[InceptionEncoder, Tag("inception")]
    | Annotated[Residual, Tag("residual")],
    Discriminator(_net),
]
DecoderConfig = Annotated[
    Annotated[Dense, Tag("dense")]
    | Annotated[ConvDecoder, Tag("conv")]
    | Annotated[Inception, Tag("inception")]
    | Annotated[Residual, Tag("residual")],
    Discriminator(_net),
]
