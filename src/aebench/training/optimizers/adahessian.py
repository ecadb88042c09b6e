"""AdaHessian with block averages, and without a memory leak."""

import warnings
from collections.abc import Callable, Iterable
from typing import Any

import pytorch_optimizer
from torch import Tensor, nn


class AdaHessian(pytorch_optimizer.AdaHessian):
    """`pytorch_optimizer.AdaHessian`; its closure must call `backward(create_graph=True)`."""

    def __init__(self, parameters: Iterable[nn.Parameter], **hyperparameters: Any):
        super().__init__(parameters, **hyperparameters)
        # PyTorch warns of the reference cycle that `step` breaks.
        warnings.filterwarnings("ignore", message="Using backward.. with create_graph=True")

    # torch overloads `step` for calls with and without a closure; none of its subclasses does.
    def step(  # type: ignore[override]
        self, closure: Callable[[], float] | None = None, hessian: list[Tensor] | None = None
    ) -> float | None:
        loss = super().step(closure, hessian)
        # A gradient holds its graph, which holds the parameter, which holds the gradient.
        self.zero_grad()
        return loss

    # The library's is static, but called as a method.
    def compute_hutchinson_hessian(  # type: ignore[override]
        self, param_groups: list[dict[str, Any]], state: dict[Any, Any], **options: Any
    ) -> None:
        super().compute_hutchinson_hessian(param_groups, state, **options)
        for group in param_groups:
            for parameter in group["params"]:
                if "hessian" in state[parameter]:
                    state[parameter]["hessian"] = averaged(state[parameter]["hessian"])


def averaged(diagonal: Tensor) -> Tensor:
    """The mean magnitude of each entry's block, of the same shape as `diagonal`.

    Blocks are the rows of a matrix, the filters of a convolution, or a whole vector. A single draw
    of Hutchinson's estimator is often near 0 by chance, and the first update divides by it.
    """
    blocks = diagonal.abs().flatten(start_dim=min(1, diagonal.ndim - 1))
    return blocks.mean(-1).view(-1, *[1] * (diagonal.ndim - 1)).expand_as(diagonal).clone()
