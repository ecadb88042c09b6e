"""Gradient descent by steps of a fixed length."""

import torch

from aebench.training.optimizers.closure import evaluated


class NormalizedGradientDescent(torch.optim.Optimizer):
    """w <- w - lr * g / |g|, with the Euclidean norm over all parameters together.

    `lr` is the step's length in weight space. A zero gradient gives no step.
    """

    def __init__(self, parameters, lr: float):
        super().__init__(parameters, {"lr": lr})

    @torch.no_grad()
    def step(self, closure=None):
        loss = evaluated(closure)
        moving = [[p for p in group["params"] if p.grad is not None] for group in self.param_groups]
        norms = torch._foreach_norm([p.grad for group in moving for p in group])
        norm = torch.linalg.vector_norm(torch.stack(norms))
        inverse = 1 / norm.clamp_min(torch.finfo(norm.dtype).tiny)
        for group, parameters in zip(self.param_groups, moving, strict=True):
            # Normalize first: the inverse of a tiny norm times the rate could overflow.
            directions = torch._foreach_mul([p.grad for p in parameters], inverse)
            torch._foreach_add_(parameters, directions, alpha=-group["lr"])
        return loss
