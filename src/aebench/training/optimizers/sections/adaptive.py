"""Optimizers with adaptive rates for each weight."""

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import NonNegativeFloat, PositiveFloat

from aebench.training.optimizers.base import Momentum, Optimizer

if TYPE_CHECKING:
    from torch import nn, optim


class Adagrad(Optimizer):
    """Adagrad: rates by the root of the sum of squared gradients (Duchi et al. 2011).

    `weight_decay` is L2: it enters the gradient.
    """

    name: Literal["adagrad"]
    weight_decay: NonNegativeFloat = 0.0

    def build(self, module: "nn.Module") -> "optim.Optimizer":
        from torch.optim import Adagrad

        # PyTorch's fused Adagrad runs on CPUs only.
        fused = all(p.device.type == "cpu" for p in module.parameters())
        hyperparameters = self.model_dump(exclude={"name"})
        return Adagrad(module.parameters(), **hyperparameters, fused=fused)


class Adadelta(Optimizer):
    """Adadelta (Zeiler 2012): steps scaled by the mean square of earlier ones; `lr` 1 in the paper.

    `rho` is the decay of both averages; `eps` sets the size of the first steps. `weight_decay` is
    L2: it enters the gradient.
    """

    name: Literal["adadelta"]
    lr: PositiveFloat = 1.0
    rho: Momentum = 0.9
    eps: PositiveFloat = 1e-6
    weight_decay: NonNegativeFloat = 0.0

    def build(self, module: "nn.Module") -> "optim.Optimizer":
        from torch.optim import Adadelta

        return Adadelta(module.parameters(), **self.model_dump(exclude={"name"}))


class RMSprop(Optimizer):
    """RMSprop: rates by the mean square gradient of decay `alpha` (Tieleman & Hinton 2012).

    `weight_decay` is L2: it enters the gradient.
    """

    name: Literal["rmsprop"]
    alpha: Momentum = 0.99
    momentum: Momentum = 0.0
    weight_decay: NonNegativeFloat = 0.0

    def build(self, module: "nn.Module") -> "optim.Optimizer":
        from torch.optim import RMSprop

        return RMSprop(module.parameters(), **self.model_dump(exclude={"name"}))


class _Adam(Optimizer):
    beta1: Momentum = 0.9
    beta2: Momentum = 0.999
    weight_decay: NonNegativeFloat = 0.0

    def _hyperparameters(self) -> dict[str, Any]:
        hyperparameters = self.model_dump(include={"lr", "weight_decay"})
        return {**hyperparameters, "betas": (self.beta1, self.beta2)}


class Adam(_Adam):
    """Adam (Kingma & Ba 2015); `weight_decay` is L2: it enters the gradient, so both averages."""

    name: Literal["adam"]
    cuda_graphable: ClassVar[bool] = True

    def build(self, module: "nn.Module") -> "optim.Optimizer":
        from torch.optim import Adam

        return Adam(module.parameters(), **self._hyperparameters(), fused=True)


class AdamW(_Adam):
    """Adam with decoupled weight decay (Loshchilov & Hutter 2019); Adam where the decay is 0."""

    name: Literal["adamw"]
    cuda_graphable: ClassVar[bool] = True

    def build(self, module: "nn.Module") -> "optim.Optimizer":
        from torch.optim import AdamW

        return AdamW(module.parameters(), **self._hyperparameters(), fused=True)


class NAdam(_Adam):
    """Adam with Nesterov's momentum (Dozat 2016); `weight_decay` is L2: it enters the gradient."""

    name: Literal["nadam"]

    def build(self, module: "nn.Module") -> "optim.Optimizer":
        from torch.optim import NAdam

        return NAdam(module.parameters(), **self._hyperparameters())
