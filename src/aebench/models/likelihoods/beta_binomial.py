"""The beta-binomial: 255 coins whose bias is drawn from Beta(a, b); 256 grey values.

As in BB-ANS (Townsend et al. 2019).
"""

import math
from functools import cache

import torch
from torch import Tensor

maps, grey = 2, True

COINS = 255
# Bound of |log a| and |log b|: beyond it the distribution hardly changes and lgamma loses digits.
LIMIT = 12.0


def nll(outputs: Tensor, images: Tensor) -> Tensor:
    """-log of the probability of each grey value, in nats; images hold multiples of 1/255."""
    # Differences of large log-gammas: single precision would leave 1e-3 of a pixel's nats.
    a, b = (value.double() for value in parameters(outputs))
    k = (images.double() * COINS).round()
    log_binomials = _log_binomials(k.device)[k.long()]
    return (_log_beta(a, b) - _log_beta(k + a, COINS - k + b) - log_binomials).to(outputs.dtype)


def mean(outputs: Tensor) -> Tensor:
    a, b = parameters(outputs)
    return a / (a + b)


def parameters(outputs: Tensor) -> tuple[Tensor, Tensor]:
    """a and b of the beta distribution, both positive."""
    a, b = outputs.clamp(-LIMIT, LIMIT).exp().chunk(2, dim=-3)
    return a, b


@cache
def _log_binomials(device: torch.device) -> Tensor:
    """Table of log binomial coefficients (COINS over k); lgamma is slow."""
    k = torch.arange(COINS + 1, dtype=torch.float64, device=device)
    return -_log_beta(k + 1, COINS - k + 1) - math.log(COINS + 1)


def _log_beta(a: Tensor, b: Tensor) -> Tensor:
    return torch.lgamma(a) + torch.lgamma(b) - torch.lgamma(a + b)
