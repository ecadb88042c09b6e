"""Penalties on the weights."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, Literal

from aebench.core.errors import InputError
from aebench.objectives.base import Penalty

if TYPE_CHECKING:
    from torch import Tensor, nn


def weights(module: "nn.Module") -> Iterator["Tensor"]:
    """The weight matrices and filters of `module`, shared ones once, without biases and scales."""
    return (p for p in module.parameters() if p.ndim > 1)


def squares(module: "nn.Module") -> "Tensor":
    """The sum of their squares."""
    return sum(w.square().sum() for w in weights(module))


class L2(Penalty):
    """The sum of all squared weights (ridge, Tikhonov).

    Its gradient, 2 w, goes through the optimizer like the error's: Adam divides it by the size of
    each weight's gradients, so that weights with large gradients are hardly shrunk. An optimizer's
    decoupled `weight_decay` shrinks all weights alike, by lr * weight_decay (Loshchilov & Hutter
    2019). They agree for plain SGD only, where weight_decay = 2 * weight.
    """

    of_weights: ClassVar[bool] = True

    name: Literal["l2"]

    def value(self, trainable: "nn.Module", inputs: "Tensor", code: "Tensor") -> "Tensor":
        return squares(trainable)


class L1(Penalty):
    """The sum of the magnitudes of all weights (lasso, Tibshirani 1996)."""

    of_weights: ClassVar[bool] = True

    name: Literal["l1"]

    def value(self, trainable: "nn.Module", inputs: "Tensor", code: "Tensor") -> "Tensor":
        return sum(w.abs().sum() for w in weights(trainable))


class DecoderL2(Penalty):
    """The sum of the decoder's squared weights (Ghosh et al. 2020; see `code-l2`)."""

    name: Literal["decoder-l2"]

    def check(self, model: "nn.Module") -> None:
        """Raises InputError where the decoder has no weights of its own."""
        if not any(True for _ in weights(model.decoder)):
            raise InputError(
                "objective: penalties: decoder-l2: the decoder's weights are the encoder's; "
                "allowed: a model with tied: false, or the penalty l2"
            )

    def value(self, trainable: "nn.Module", inputs: "Tensor", code: "Tensor") -> "Tensor":
        return squares(trainable.decoder)
