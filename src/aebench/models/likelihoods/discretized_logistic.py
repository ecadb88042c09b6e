"""The discretized logistic: probabilities of grey values (Kingma et al. 2016, eq. 15).

A value's probability is the logistic distribution's mass between the midpoints to its neighbours;
the first and last also have the tails. There are 256 values, or fewer evenly spaced ones.
"""

import math

import torch
from torch import Tensor
from torch.nn import functional as F

maps, grey = 2, True

LEVELS = 256
# Added to the outputs, which are near 0 in a new net: a grey location and a wide scale.
LOCATION, LOG_SCALE = 0.5, -2.0


def nll(outputs: Tensor, images: Tensor) -> Tensor:
    """-log of the probability of each grey value, in nats; images hold multiples of 1/255."""
    return logistic_nll(*parameters(outputs), images)


def mean(outputs: Tensor) -> Tensor:
    """The location, within [0, 1]."""
    return parameters(outputs)[0].clamp(0, 1)


def parameters(outputs: Tensor, levels: int = LEVELS) -> tuple[Tensor, Tensor]:
    """Location, in units of the pixels, and log of the scale."""
    location, log_scale = outputs.chunk(2, dim=-3)
    # Scales below a twentieth of a grey value would change only the size of gradients.
    least = math.log(half(levels) / 10)
    return location + LOCATION, (log_scale + LOG_SCALE).clamp(min=least)


def logistic_nll(
    location: Tensor, log_scale: Tensor, images: Tensor, levels: int = LEVELS
) -> Tensor:
    """-log of the probability of each of `levels` values, in nats; images hold multiples of
    1/(levels - 1)."""
    middle = half(levels)
    rate = (-log_scale).exp()
    upper = (images + middle - location) * rate
    lower = (images - middle - location) * rate
    below, above = F.logsigmoid(upper), F.logsigmoid(-lower)
    # sigmoid(a) - sigmoid(b) = sigmoid(a) sigmoid(-b) (1 - e^(b - a)), without cancellation.
    width = torch.log(-torch.expm1(-2 * middle * rate))
    inside = below + above + width
    return -torch.where(images < middle, below, torch.where(images > 1 - middle, above, inside))


def half(levels: int) -> float:
    """Half of the distance between two values."""
    return 0.5 / (levels - 1)
