"""Activation functions, `unit` in the config."""

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from torch import nn

Activation = Literal["sigmoid", "tanh", "relu", "silu", "gelu", "linear"]


def activation(name: Activation) -> "nn.Module":
    """The module of the activation function of this name."""
    from torch import nn

    return {
        "sigmoid": nn.Sigmoid,
        "tanh": nn.Tanh,
        "relu": nn.ReLU,
        "silu": nn.SiLU,
        "gelu": nn.GELU,
        "linear": nn.Identity,
    }[name]()
