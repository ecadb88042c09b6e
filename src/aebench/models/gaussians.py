"""Densities of diagonal Gaussians and of their equal mixtures."""

import math

import torch
from torch import Tensor


def log_density(z: Tensor, mean: Tensor, log_var: Tensor) -> Tensor:
    """log N(z; mean, diag(exp(log_var))) of each dimension, in nats; shapes broadcast."""
    return -0.5 * (math.log(2 * math.pi) + log_var + (z - mean).square() * (-log_var).exp())


def log_mixture(z: Tensor, means: Tensor, log_vars: Tensor) -> Tensor:
    """log of the mean of K Gaussian densities, in nats: z is ... x D, both others K x D -> ... .

    By products of matrices, which need memory for ... x K numbers and not ... x K x D. In double
    precision, which autocast leaves alone, because the terms of (z - mean)^2 / var nearly cancel.
    """
    points, centres, log_var = z.double(), means.double(), log_vars.double()
    rate = (-log_var).exp()
    square = points.square() @ rate.T - 2 * points @ (centres * rate).T
    constant = centres.square() * rate + log_var + math.log(2 * math.pi)
    log_densities = -0.5 * (square + constant.sum(-1))
    mixed = torch.logsumexp(log_densities, dim=-1) - math.log(len(means))
    return mixed.to(z.dtype)
