"""Networks of residual blocks (He et al. 2016b)."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from aebench.core.counts import Count
from aebench.nets.base import ConvLevels, Decoder, Encoder

if TYPE_CHECKING:
    from torch import nn


class _Residual(ConvLevels):
    net: Literal["residual"]
    blocks: Count = 1


class ResidualEncoder(_Residual, Encoder):
    """`blocks` residual blocks at each resolution, which halves after each of `channels`."""

    def build(self, image_shape: Sequence[int], outputs: int) -> "nn.Module":
        from aebench.nets.residual import encoder

        return encoder(self, image_shape, outputs)


class ResidualDecoder(_Residual, Decoder):
    """`blocks` residual blocks at each resolution, which doubles before each of `channels`."""

    def build(self, inputs: int, image_shape: Sequence[int]) -> "nn.Module":
        from aebench.nets.residual import decoder

        return decoder(self, inputs, image_shape)
