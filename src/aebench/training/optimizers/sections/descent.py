"""Gradient descent with one rate for all weights."""

from typing import TYPE_CHECKING, Literal, Self

from pydantic import NonNegativeFloat, model_validator

from aebench.training.optimizers.base import Momentum, Optimizer

if TYPE_CHECKING:
    from torch import nn, optim


class NormalizedGD(Optimizer):
    """Gradient descent by steps of length `lr`, whatever the gradient's norm (Shor 1985, ch. 2)."""

    name: Literal["normalized-gd"]

    def build(self, module: "nn.Module") -> "optim.Optimizer":
        from aebench.training.optimizers.normalized import NormalizedGradientDescent

        return NormalizedGradientDescent(module.parameters(), lr=self.lr)


class SGD(Optimizer):
    """Gradient descent, with classical or Nesterov momentum (Sutskever et al. 2013).

    With `momentum_schedule: sutskever` the momentum rises from 0.5 to `momentum` as in section 3
    of that paper. `weight_decay` is L2: it enters the gradient.
    """

    name: Literal["sgd"]
    momentum: Momentum = 0.0
    nesterov: bool = False
    momentum_schedule: Literal["constant", "sutskever"] = "constant"
    weight_decay: NonNegativeFloat = 0.0

    @model_validator(mode="after")
    def _has_momentum_if_needed(self) -> Self:
        if self.nesterov and not self.momentum:
            raise ValueError("nesterov: needs a momentum; allowed: true with momentum above 0")
        if self.momentum_schedule == "sutskever" and not self.momentum:
            raise ValueError(
                "momentum_schedule: 'sutskever' needs a momentum to rise to; "
                "allowed: 'constant', or 'sutskever' with momentum above 0"
            )
        return self

    def build(self, module: "nn.Module") -> "optim.Optimizer":
        from torch.optim import SGD

        from aebench.training.optimizers.sutskever import SutskeverSGD

        kind = SutskeverSGD if self.momentum_schedule == "sutskever" else SGD
        hyperparameters = self.model_dump(exclude={"name", "momentum_schedule"})
        return kind(module.parameters(), **hyperparameters, fused=True)
