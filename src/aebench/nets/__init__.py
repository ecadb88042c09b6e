"""Encoders and decoders: plain modules, and their sections of the config."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import nn


def parameters(module: "nn.Module") -> int:
    """The number of trainable parameters of `module`; shared ones count once."""
    return sum(parameter.numel() for parameter in module.parameters())
