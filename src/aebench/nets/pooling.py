"""Pooling: one number for each window of a feature map."""

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional as F

if TYPE_CHECKING:
    from aebench.nets.base import Pooling


class StochasticPool(nn.Module):
    """An activation of each window, drawn with probability proportional to it.

    In evaluation the average, weighted by those probabilities (Zeiler & Fergus 2013, eqs. 4-6). A
    window of zeros gives 0. Activations must not be negative; windows lie side by side, those at
    the right and lower border may be smaller. N x C x H x W -> N x C x ceil(H/size) x ceil(W/size).
    """

    def __init__(self, size: int = 2):
        super().__init__()
        self.size = size

    def forward(self, x: Tensor) -> Tensor:
        windows = self._windows(x)
        # Probabilities in single precision, also where the activations are bf16.
        weights = windows.float()
        if self.training:
            # The winner of a race of exponential clocks with these rates: a draw without division.
            clocks = torch.empty_like(weights).exponential_().clamp_(min=1e-30)
            chosen = (weights / clocks).argmax(-1, keepdim=True)
            return windows.gather(-1, chosen).squeeze(-1)
        total = weights.sum(-1, keepdim=True)
        probabilities = weights / total.where(total > 0, 1)
        return (probabilities * weights).sum(-1).to(x.dtype)

    def _windows(self, x: Tensor) -> Tensor:
        """N x C x rows x columns x size^2; added zeros are never drawn and weigh nothing."""
        k = self.size
        x = F.pad(x, (0, -x.shape[-1] % k, 0, -x.shape[-2] % k))
        return x.unflatten(-1, (-1, k)).unflatten(-3, (-1, k)).transpose(-3, -2).flatten(-2)


def pool(name: "Pooling") -> nn.Module:
    """The module that pools 2 x 2 windows; smaller ones at the border of an odd size."""
    return {
        "max": lambda: nn.MaxPool2d(2, ceil_mode=True),
        "average": lambda: nn.AvgPool2d(2, ceil_mode=True),
        "stochastic": lambda: StochasticPool(2),
    }[name]()
