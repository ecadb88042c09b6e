"""The continuous Bernoulli: a density on [0, 1] (Loaiza-Ganem & Cunningham 2019).

With the logit l = log(lambda / (1 - lambda)) it is exp(x l) l / (e^l - 1), which is uniform at
l = 0 (lambda = 1/2), where the usual forms divide 0 by 0. The nll of a density may be negative.
"""

import math

import torch
from torch import Tensor
from torch.nn import functional as F

maps, grey, density = 1, True, True

# Bound of |l| below which the series is exact to 1e-11, and above which the closed form is; both
# with their derivatives.
SMALL = 0.5


def nll(outputs: Tensor, images: Tensor) -> Tensor:
    """Bernoulli cross-entropy less the log of the normalizing constant, in nats."""
    cross = F.binary_cross_entropy_with_logits(outputs, images.expand_as(outputs), reduction="none")
    return cross - log_constant(outputs)


def log_constant(logits: Tensor) -> Tensor:
    """log C(lambda) (ibid., eq. 7), which in logits is log(l / tanh(l / 2)); log 2 at l = 0."""
    small = logits.abs() < SMALL
    near = logits.where(small, 0).square()
    # l / 2 / tanh(l / 2) - 1
    series = near / 12 * (1 - near / 60 * (1 - near / 42 * (1 - near / 40)))
    far = logits.where(~small, 1)
    return (math.log(2) + series.log1p()).where(small, (far / (far / 2).tanh()).log())


def mean(outputs: Tensor) -> Tensor:
    """1 / (1 - e^-l) - 1 / l (ibid., eq. 8), nearer to 1/2 than lambda."""
    small = outputs.abs() < SMALL
    near, far = outputs.where(small, 0), outputs.where(~small, 1)
    square = near.square()
    series = 0.5 + near / 12 * (1 - square / 60 * (1 - square / 42 * (1 - square / 40)))
    return series.where(small, 1 / -torch.expm1(-far) - 1 / far)
