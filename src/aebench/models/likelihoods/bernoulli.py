"""Bernoulli pixels, 0 or 1; for grey values it is not a likelihood."""

from functools import cache
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

maps, grey = 1, False

# Factors of a product of probabilities of at least 1/2: it stays far above what float32 can hold.
FACTORS = 100


def nll(outputs: Tensor, images: Tensor) -> Tensor:
    """The cross-entropy with sigmoid(outputs), in nats."""
    return F.binary_cross_entropy_with_logits(outputs, images.expand_as(outputs), reduction="none")


def image_nll(outputs: Tensor, images: Tensor) -> Tensor:
    """`nll` summed over the pixels of each image, in less than half the time."""
    total: Tensor = _ImageNLL.apply(outputs.flatten(-3), images.flatten(-3))
    return total


def mean(outputs: Tensor) -> Tensor:
    return outputs.sigmoid()


@cache
def _factors(count: int) -> int:
    """The largest divisor of `count` up to FACTORS."""
    return max(n for n in range(1, FACTORS + 1) if count % n == 0)


class _ImageNLL(torch.autograd.Function):
    """Sum of log(1 + exp(l)) - x l over the last dimension, for logits l and pixels x.

    With a = |l| a pixel's term is (a + (1 - 2x) l) / 2 - log sigmoid(a), and sigmoid(a) is at least
    1/2: so the logarithm, the slowest of these functions, is taken once of many pixels' product.
    """

    generate_vmap_rule = True

    @staticmethod
    def forward(logits: Tensor, pixels: Tensor) -> Tensor:
        size = logits.abs()
        linear = torch.addcmul(size, logits, 1 - 2 * pixels).sum(-1)
        products = size.sigmoid_().unflatten(-1, (-1, _factors(size.shape[-1]))).prod(-1)
        return 0.5 * linear - products.log_().sum(-1)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor, Tensor], output: Tensor) -> None:
        ctx.save_for_backward(*inputs)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        # Made of differentiable operations, for optimizers of second order.
        logits, pixels = ctx.saved_tensors
        return (logits.sigmoid() - pixels) * gradient.unsqueeze(-1), None
