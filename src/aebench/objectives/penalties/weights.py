"""Penalties on the weights."""

from collections.abc import Iterator
from functools import reduce
from operator import add
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from aebench.core.errors import InputError
from aebench.objectives.base import Penalty

if TYPE_CHECKING:
    from torch import Tensor, nn

    from aebench.models.encoder_decoder import EncoderDecoder


def weights(module: "nn.Module") -> Iterator["Tensor"]:
    """The weight matrices and filters of `module`, shared ones once, without biases and scales."""
    return (p for p in module.parameters() if p.ndim > 1)


def squares(module: "nn.Module") -> "Tensor":
    """The sum of the squared weights of `module`."""
    return reduce(add, (w.square().sum() for w in weights(module)))


class L2(Penalty):
    """The sum of all squared weights (ridge, Tikhonov).

    Its gradient, 2 w, passes through the optimizer like that of the error: Adam divides it by the
    size of each weight's gradients, so that weights with large gradients hardly shrink. Decoupled
    `weight_decay` shrinks all weights alike, by lr * weight_decay (Loshchilov & Hutter 2019). They
    agree only for plain SGD, where weight_decay = 2 * weight.
    """

    of_weights: ClassVar[bool] = True

    name: Literal["l2"]

    def value(self, trainable: "nn.Module", inputs: Any, code: Any) -> "Tensor":
        return squares(trainable)


class L1(Penalty):
    """The sum of the magnitudes of all weights (lasso, Tibshirani 1996)."""

    of_weights: ClassVar[bool] = True

    name: Literal["l1"]

    def value(self, trainable: "nn.Module", inputs: Any, code: Any) -> "Tensor":
        return reduce(add, (w.abs().sum() for w in weights(trainable)))


class DecoderL2(Penalty):
    """The sum of the decoder's squared weights (Ghosh et al. 2020; see `code-l2`)."""

    name: Literal["decoder-l2"]

    def check(self, model: Any) -> None:
        """Raise InputError if the decoder has no weights of its own."""
        if not any(True for _ in weights(model.decoder)):
            raise InputError(
                "objective: penalties: decoder-l2",
                "the decoder's weights are the encoder's",
                "a model with tied: false, or the penalty l2",
            )

    def value(self, trainable: "EncoderDecoder", inputs: Any, code: Any) -> "Tensor":
        return squares(trainable.decoder)
