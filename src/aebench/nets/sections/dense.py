"""The dense network."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from aebench.nets.activations import Activation
from aebench.nets.base import Decoder, Encoder, Regularized, Widths

if TYPE_CHECKING:
    from torch import nn


class _Dense(Regularized):
    net: Literal["dense"] = "dense"
    widths: Widths
    unit: Activation


class DenseEncoder(_Dense, Encoder):
    """Hidden layers of `widths` between the pixels and the outputs."""

    def build(self, image_shape: Sequence[int], outputs: int) -> "nn.Module":
        from aebench.nets.dense import encoder

        return encoder(self, image_shape, outputs)


class DenseDecoder(_Dense, Decoder):
    """Hidden layers of `widths` between the inputs and the pixels."""

    def build(self, inputs: int, image_shape: Sequence[int]) -> "nn.Module":
        from aebench.nets.dense import decoder

        return decoder(self, inputs, image_shape)
