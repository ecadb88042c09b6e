"""Shampoo, grafted onto Adam."""

import math
from typing import Any

import torch
from torch import Tensor

from aebench.training.optimizers.closure import evaluated


class GraftedShampoo(torch.optim.Optimizer):
    """Shampoo (Gupta et al. 2018) on matrices and larger tensors, Adam on vectors.

    Steps have Shampoo's direction and the length of Adam's ("grafting", Anil et al. 2020); the
    statistics are moving averages (Shi et al. 2023). Without these, roots computed some updates ago
    blow up the directions that earlier gradients lacked, and trainings diverge.

    The inverse roots are computed every `roots_every` updates, and before the first of these at
    updates 1, 2, 4, 8... `eps` is added to a statistic's eigenvalues, relative to the largest.
    """

    def __init__(
        self,
        parameters,
        lr: float,
        betas: tuple[float, float],
        weight_decay: float,
        roots_every: int,
        eps: float,
    ):
        defaults = {
            "lr": lr,
            "betas": betas,
            "weight_decay": weight_decay,
            "roots_every": roots_every,
            "eps": eps,
        }
        super().__init__(parameters, defaults)

    @torch.no_grad()
    def step(self, closure=None):
        loss = evaluated(closure)
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    p.mul_(1 - group["lr"] * group["weight_decay"])
                    p.add_(self._direction(p.grad, self.state[p], group), alpha=-group["lr"])
        return loss

    def _direction(self, gradient: Tensor, state: dict[str, Any], group: dict[str, Any]) -> Tensor:
        (beta1, beta2), matrix = group["betas"], gradient.ndim > 1
        if not state:
            state["step"] = 0
            state["mean"], state["square"] = (torch.zeros_like(gradient) for _ in range(2))
            if matrix:
                state["statistics"] = [gradient.new_zeros(n, n) for n in gradient.shape]
                state["roots"] = [torch.eye(n).to(gradient) for n in gradient.shape]
        state["step"] += 1
        t = state["step"]
        state["mean"].lerp_(gradient, 1 - beta1)
        state["square"].lerp_(gradient.square(), 1 - beta2)
        mean = state["mean"] / (1 - beta1**t)
        adam = mean / ((state["square"] / (1 - beta2**t)).sqrt() + 1e-8)
        if not matrix:
            return adam
        for axis, statistic in enumerate(state["statistics"]):
            unfolded = gradient.movedim(axis, 0).flatten(1)
            statistic.lerp_(unfolded @ unfolded.T, 1 - beta2)
        every = group["roots_every"]
        if t % every == 0 or (t < every and math.log2(t).is_integer()):
            power = -1 / (2 * gradient.ndim)
            state["roots"] = [power_of(s, power, group["eps"]) for s in state["statistics"]]
        shampoo = mean
        for axis, root in enumerate(state["roots"]):
            shampoo = torch.tensordot(root, shampoo.movedim(axis, 0), 1).movedim(0, axis)
        length = torch.linalg.vector_norm(shampoo).clamp_min(torch.finfo(shampoo.dtype).tiny)
        return shampoo * (torch.linalg.vector_norm(adam) / length)


def power_of(symmetric: Tensor, power: float, eps: float) -> Tensor:
    """(S + eps * |S| I)^power of a positive semidefinite n x n matrix S."""
    if not symmetric.isfinite().all():
        # The training has diverged, which its loss will show.
        return torch.full_like(symmetric, torch.nan)
    values, vectors = torch.linalg.eigh(symmetric)
    values = values.clamp_min(0) + (eps * values[-1]).clamp_min(torch.finfo(values.dtype).tiny)
    return (vectors * values**power) @ vectors.T
