"""Units (activation functions) that the config can name."""

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from torch import nn

Activation = Literal["sigmoid", "tanh", "relu", "silu", "gelu", "linear"]


def activation(name: Activation) -> "nn.Module":
    """The module that applies the unit of this name, elementwise."""
    from torch import nn

    return {
        "sigmoid": nn.Sigmoid,
        "tanh": nn.Tanh,
        "relu": nn.ReLU,
        "silu": nn.SiLU,
        "gelu": nn.GELU,
        "linear": nn.Identity,
    }[name]()
