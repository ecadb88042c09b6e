"""Networks: plain modules, and the sections of the config that name them."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import nn


def parameters(module: "nn.Module") -> int:
    """How many numbers `module` learns; a matrix that two layers share counts once."""
    return sum(parameter.numel() for parameter in module.parameters())
