"""The maximum mean discrepancy between codes and the prior."""

from functools import reduce
from operator import add
from typing import TYPE_CHECKING, Any, Literal

from aebench.objectives.base import Penalty

if TYPE_CHECKING:
    from torch import Tensor, nn


class MMD(Penalty):
    """The squared maximum mean discrepancy between a batch's codes and as many samples of N(0, I).

    Squared error and this penalty make an autoencoder a WAE-MMD (Tolstikhin et al. 2018). The
    kernel is theirs, the inverse multiquadratic C / (C + |x - y|^2), summed over seven scales of
    C = 2 code, the mean of |x - y|^2 for two samples. So is the estimator (algorithm 2), which is
    unbiased and may therefore be a little below 0. A batch needs two images or more.
    """

    name: Literal["mmd"]

    def value(self, trainable: "nn.Module", inputs: Any, code: "Tensor") -> "Tensor":
        import torch

        # Squared distances are differences of large numbers: bf16 would lose them.
        with torch.autocast(code.device.type, enabled=False):
            return discrepancy(code.float(), torch.randn_like(code.float()))


def discrepancy(x: "Tensor", y: "Tensor") -> "Tensor":
    """The unbiased estimate of the squared MMD of N x D and N x D, by the kernel of `MMD`."""
    n, size = x.shape
    of_x, of_y = (_kernel(a, a, size).sum() - _kernel_at_zero(n) for a in (x, y))
    within = of_x + of_y
    return within / (n * (n - 1)) - 2 * _kernel(x, y, size).sum() / n**2


SCALES = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)


def _kernel(x: "Tensor", y: "Tensor", size: int) -> "Tensor":
    lengths = x.square().sum(1)[:, None] + y.square().sum(1)
    squared = (lengths - 2 * x @ y.T).clamp(min=0)
    return reduce(add, (2 * size * scale / (2 * size * scale + squared) for scale in SCALES))


def _kernel_at_zero(count: int) -> int:
    """The sum of the kernels of `count` points with themselves."""
    return count * len(SCALES)
