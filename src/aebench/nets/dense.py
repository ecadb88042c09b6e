"""The dense network: affine layers with a unit between them."""

from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor, nn

from aebench.nets.units import Unit, unit


class Dense(nn.Module):
    """Affine layers `sizes[0] -> sizes[1] -> ...`, with `hidden` between them and `last` after.

    Input N x sizes[0], output N x sizes[-1].
    """

    def __init__(self, sizes: Sequence[int], hidden: Unit, last: Unit = "linear"):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in pairwise(sizes))
        count = len(self.layers)
        self.units = nn.ModuleList(unit(hidden if i < count - 1 else last) for i in range(count))

    def forward(self, x: Tensor) -> Tensor:
        for layer, activation in zip(self.layers, self.units, strict=True):
            x = activation(layer(x))
        return x
