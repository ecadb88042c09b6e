"""Networks of inception blocks (Szegedy et al. 2015)."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, model_validator

from aebench.core.counts import Count
from aebench.nets.base import ConvLevels, Decoder, Encoder, Pooling, check_drawable

if TYPE_CHECKING:
    from torch import nn


class _Inception(ConvLevels):
    net: Literal["inception"]
    channels: Annotated[list[Annotated[Count, Field(multiple_of=16)]], Field(min_length=1)]
    # smaller: 5 x 5 as two 3 x 3; asymmetric: each of those as 1 x 3 and 3 x 1.
    factorized: Literal["no", "smaller", "asymmetric"] = "no"


class InceptionEncoder(_Inception, Encoder):
    """Inception blocks, each followed by pooling that halves the resolution.

    `channels` are the output channels of each block, its four branches together.
    """

    downsample: Pooling = "max"

    @model_validator(mode="after")
    def _pooling_fits_activation(self) -> Self:
        check_drawable(self.downsample, self.unit)
        return self

    def build(self, image_shape: Sequence[int], outputs: int) -> "nn.Module":
        from aebench.nets.inception import encoder

        return encoder(self, image_shape, outputs)


class InceptionDecoder(_Inception, Decoder):
    """Inception blocks, upsampling by repeated pixels before each, and a 3 x 3 convolution."""

    def build(self, inputs: int, image_shape: Sequence[int]) -> "nn.Module":
        from aebench.nets.inception import decoder

        return decoder(self, inputs, image_shape)
