"""Bernoulli pixels, 0 or 1; for grey values it is not a likelihood."""

from torch import Tensor
from torch.nn import functional as F

maps, grey = 1, False


def nll(outputs: Tensor, images: Tensor) -> Tensor:
    """The cross-entropy with sigmoid(outputs), in nats."""
    return F.binary_cross_entropy_with_logits(outputs, images.expand_as(outputs), reduction="none")


def mean(outputs: Tensor) -> Tensor:
    return outputs.sigmoid()
