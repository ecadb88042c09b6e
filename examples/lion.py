"""The optimizer `lion`: steps by the sign of a momentum (Chen et al. 2023, algorithm 2)."""

from typing import Literal

import torch
from pydantic import NonNegativeFloat

from aebench.training.optimizers.base import Momentum, Optimizer


class Lion(Optimizer):
    name: Literal["lion"]
    lr: float = 1e-3
    beta1: Momentum = 0.9
    beta2: Momentum = 0.99
    weight_decay: NonNegativeFloat = 0.0

    def build(self, module):
        hyperparameters = {"lr": self.lr, "weight_decay": self.weight_decay}
        return LionSteps(
            module.parameters(), {**hyperparameters, "betas": (self.beta1, self.beta2)}
        )


class LionSteps(torch.optim.Optimizer):
    def step(self, closure=None):
        loss = closure() if closure else None
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    self._move(p, group)
        return loss

    @torch.no_grad()
    def _move(self, p, group):
        beta1, beta2 = group["betas"]
        momentum = self.state[p].setdefault("momentum", torch.zeros_like(p))
        p.mul_(1 - group["lr"] * group["weight_decay"])
        p.sub_(torch.lerp(p.grad, momentum, beta1).sign(), alpha=group["lr"])
        momentum.lerp_(p.grad, 1 - beta2)
