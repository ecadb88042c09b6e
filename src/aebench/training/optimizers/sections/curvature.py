"""Optimizers that use the loss's curvature; an update costs more than one gradient."""

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import NonNegativeFloat, PositiveFloat

from aebench.core.counts import Count
from aebench.training.optimizers.base import Momentum, Optimizer

if TYPE_CHECKING:
    from torch import nn, optim


class LBFGS(Optimizer):
    """L-BFGS with a strong-Wolfe line search (Liu & Nocedal 1989; Nocedal & Wright 2006, ch. 7).

    An update is up to `iterations` steps on one batch, with about 1.25 * `iterations` gradient
    evaluations at most. `history` is the number of curvature pairs, `lr` the length at which the
    line search begins.
    """

    uses_closure: ClassVar[bool] = True

    name: Literal["lbfgs"]
    lr: PositiveFloat = 1.0
    iterations: Count = 20
    history: Count = 10

    def build(self, module: "nn.Module") -> "optim.Optimizer":
        from torch.optim import LBFGS

        return LBFGS(
            module.parameters(),
            lr=self.lr,
            max_iter=self.iterations,
            history_size=self.history,
            line_search_fn="strong_wolfe",
        )


class AdaHessian(Optimizer):
    """Adam with the Hessian's diagonal in the gradient's place (Yao et al. 2021, algorithm 1).

    The diagonal is Hutchinson's estimate from one random vector per update, whose product with the
    Hessian costs about another gradient. Its magnitude is averaged over blocks (eq. 10) that are
    wider than the authors': the weights of one unit or filter, or all biases of a layer.
    `weight_decay` is decoupled.
    """

    second_order: ClassVar[bool] = True

    name: Literal["adahessian"]
    beta1: Momentum = 0.9
    beta2: Momentum = 0.999
    weight_decay: NonNegativeFloat = 0.0

    def build(self, module: "nn.Module") -> "optim.Optimizer":
        from aebench.training.optimizers.adahessian import AdaHessian

        return AdaHessian(
            module.parameters(),
            lr=self.lr,
            betas=(self.beta1, self.beta2),
            weight_decay=self.weight_decay,
        )
