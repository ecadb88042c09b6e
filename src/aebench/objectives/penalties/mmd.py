"""The maximum mean discrepancy between codes and the prior."""

from typing import TYPE_CHECKING, Literal

from aebench.objectives.base import Penalty

if TYPE_CHECKING:
    from torch import Tensor, nn


class MMD(Penalty):
    """The squared maximum mean discrepancy between a batch's codes and as many draws of N(0, I).

    Tolstikhin et al. (2018): with squared error and this, an autoencoder is a WAE-MMD. Their kernel
    is the inverse multiquadratic C / (C + |x - y|^2), summed over seven scales of C = 2 code, which
    is what |x - y|^2 is in the mean for two draws; the estimate is their algorithm 2's, without
    bias, so that it may be a little below 0. A batch needs two images or more.
    """

    name: Literal["mmd"]

    def value(self, trainable: "nn.Module", inputs: "Tensor", code: "Tensor") -> "Tensor":
        import torch

        # Distances of large norms: bf16 would leave nothing of them.
        with torch.autocast(code.device.type, enabled=False):
            return discrepancy(code.float(), torch.randn_like(code.float()))


def discrepancy(x: "Tensor", y: "Tensor") -> "Tensor":
    """The squared MMD of N x D and N x D, without bias, by the kernel that `MMD` describes."""
    n, size = x.shape
    within = sum(_kernel(a, a, size).sum() - _kernel_at_zero(n) for a in (x, y))
    return within / (n * (n - 1)) - 2 * _kernel(x, y, size).sum() / n**2


SCALES = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)


def _kernel(x: "Tensor", y: "Tensor", size: int) -> "Tensor":
    lengths = x.square().sum(1)[:, None] + y.square().sum(1)
    squared = (lengths - 2 * x @ y.T).clamp(min=0)
    return sum(2 * size * scale / (2 * size * scale + squared) for scale in SCALES)


def _kernel_at_zero(count: int) -> int:
    """What `count` points' kernels with themselves sum to."""
    return count * len(SCALES)
