"""AdaHessian that averages over blocks and leaves no memory behind."""

import warnings

import pytorch_optimizer
from torch import Tensor


class AdaHessian(pytorch_optimizer.AdaHessian):
    """`pytorch_optimizer.AdaHessian`, to be stepped with a closure that keeps its graph."""

    def __init__(self, parameters, **hyperparameters):
        super().__init__(parameters, **hyperparameters)
        # Of the cycle that `step` breaks.
        warnings.filterwarnings("ignore", message="Using backward.. with create_graph=True")

    def step(self, closure):
        loss = super().step(closure)
        # A gradient holds its graph, which holds the parameter, which holds the gradient.
        self.zero_grad()
        return loss

    def compute_hutchinson_hessian(self, param_groups, state, **how) -> None:
        super().compute_hutchinson_hessian(param_groups, state, **how)
        for group in param_groups:
            for parameter in group["params"]:
                if "hessian" in state[parameter]:
                    state[parameter]["hessian"] = averaged(state[parameter]["hessian"])


def averaged(diagonal: Tensor) -> Tensor:
    """Each entry as the mean magnitude of its block: of a matrix or a filter bank those with one
    first index, of a vector all.

    One draw of Hutchinson's is often near 0 by chance, and the first update divides by it.
    """
    blocks = diagonal.abs().flatten(start_dim=min(1, diagonal.ndim - 1))
    return blocks.mean(-1).view(-1, *[1] * (diagonal.ndim - 1)).expand_as(diagonal).clone()
