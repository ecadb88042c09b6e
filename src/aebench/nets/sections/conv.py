"""Convolutional networks."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, Self

from pydantic import model_validator

from aebench.nets.base import ConvLevels, Decoder, Encoder, Kernel, check_drawable

if TYPE_CHECKING:
    from torch import nn


class _Conv(ConvLevels):
    net: Literal["conv"]
    kernel: Kernel = 3


class ConvEncoder(_Conv, Encoder):
    """Convolutions, each at half the resolution of the one before.

    `downsample` is by the convolution's stride, or by pooling after it.
    """

    downsample: Literal["stride", "max", "average", "stochastic"] = "stride"

    @model_validator(mode="after")
    def _pooling_fits_activation(self) -> Self:
        check_drawable(self.downsample, self.unit)
        return self

    def build(self, image_shape: Sequence[int], outputs: int) -> "nn.Module":
        from aebench.nets.conv import encoder

        return encoder(self, image_shape, outputs)


class ConvDecoder(_Conv, Decoder):
    """Convolutions, each at twice the resolution of the one before.

    `upsample` is by transposed convolutions, or by repeating each pixel before a plain one.
    """

    upsample: Literal["transposed", "nearest"] = "transposed"

    def build(self, inputs: int, image_shape: Sequence[int]) -> "nn.Module":
        from aebench.nets.conv import decoder

        return decoder(self, inputs, image_shape)
