"""Convolutional networks."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from pydantic import model_validator

from aebench.nets.base import Decoder, Encoder, Kernel, Pyramid, check_drawable

if TYPE_CHECKING:
    from torch import nn


class _Conv(Pyramid):
    net: Literal["conv"]
    kernel: Kernel = 3


class ConvEncoder(_Conv, Encoder):
    """Convolutions, each at half the resolution of the one before.

    The convolution's stride halves it, or pooling after the convolution.
    """

    downsample: Literal["stride", "max", "average", "stochastic"] = "stride"

    @model_validator(mode="after")
    def _units_can_be_drawn(self):
        check_drawable(self.downsample, self.unit)
        return self

    def build(self, image_shape: Sequence[int], outputs: int) -> "nn.Module":
        from aebench.nets.conv import encoder

        return encoder(self, image_shape, outputs)


class ConvDecoder(_Conv, Decoder):
    """Convolutions, each at twice the resolution of the one before.

    They are transposed ones, or plain ones after each pixel is repeated.
    """

    upsample: Literal["transposed", "nearest"] = "transposed"

    def build(self, inputs: int, image_shape: Sequence[int]) -> "nn.Module":
        from aebench.nets.conv import decoder

        return decoder(self, inputs, image_shape)
