"""Pooling over 2 x 2 windows of feature maps."""

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional as F

if TYPE_CHECKING:
    from aebench.nets.base import Pooling


class StochasticPool(nn.Module):
    """Samples an activation of each window with probability proportional to it.

    In evaluation mode it averages them, weighted by these probabilities (Zeiler & Fergus 2013, eqs.
    4-6). A window of zeros gives 0. Activations must not be negative. Windows do not overlap, and
    may be smaller at the right and lower border.
    N x C x H x W -> N x C x ceil(H/size) x ceil(W/size).
    """

    def __init__(self, size: int = 2):
        super().__init__()
        self.size = size

    def forward(self, x: Tensor) -> Tensor:
        windows = self._windows(x)
        # Probabilities are in single precision, also for bf16 activations.
        weights = windows.float()
        if self.training:
            # The first of exponential clocks with these rates is a sample, without a division.
            clocks = torch.empty_like(weights).exponential_().clamp_(min=1e-30)
            chosen = (weights / clocks).argmax(-1, keepdim=True)
            return windows.gather(-1, chosen).squeeze(-1)
        total = weights.sum(-1, keepdim=True)
        probabilities = weights / total.where(total > 0, 1)
        return (probabilities * weights).sum(-1).to(x.dtype)

    def _windows(self, x: Tensor) -> Tensor:
        """N x C x rows x columns x size^2, padded with zeros, which are never sampled."""
        k = self.size
        x = F.pad(x, (0, -x.shape[-1] % k, 0, -x.shape[-2] % k))
        return x.unflatten(-1, (-1, k)).unflatten(-3, (-1, k)).transpose(-3, -2).flatten(-2)


def pool(name: "Pooling") -> nn.Module:
    """The module that pools 2 x 2 windows, smaller ones at the border of an odd size."""
    return {
        "max": lambda: nn.MaxPool2d(2, ceil_mode=True),
        "average": lambda: nn.AvgPool2d(2, ceil_mode=True),
        "stochastic": lambda: StochasticPool(2),
    }[name]()
