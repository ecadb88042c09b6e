"""The discretized logistic: probabilities of 256 grey values (Kingma et al. 2016, eq. 15).

A value's probability is the logistic distribution's mass between the midpoints to its neighbours;
0 and 255 also have the tails.
"""

import math

import torch
from torch import Tensor
from torch.nn import functional as F

maps, grey = 2, True

HALF = 1 / 510
# Added to the outputs, which are near 0 in a new net: a grey location and a wide scale.
LOCATION, LOG_SCALE = 0.5, -2.0
# Scales below a twentieth of a grey value would change only the size of gradients.
LEAST_LOG_SCALE = math.log(HALF / 10)


def nll(outputs: Tensor, images: Tensor) -> Tensor:
    """-log of the probability of each grey value, in nats; images hold multiples of 1/255."""
    location, log_scale = parameters(outputs)
    rate = (-log_scale).exp()
    upper = (images + HALF - location) * rate
    lower = (images - HALF - location) * rate
    below, above = F.logsigmoid(upper), F.logsigmoid(-lower)
    # sigmoid(a) - sigmoid(b) = sigmoid(a) sigmoid(-b) (1 - e^(b - a)), without cancellation.
    width = torch.log(-torch.expm1(-2 * HALF * rate))
    inside = below + above + width
    return -torch.where(images < HALF, below, torch.where(images > 1 - HALF, above, inside))


def mean(outputs: Tensor) -> Tensor:
    """The location, within [0, 1]."""
    return parameters(outputs)[0].clamp(0, 1)


def parameters(outputs: Tensor) -> tuple[Tensor, Tensor]:
    """Location, in units of the pixels, and log of the scale."""
    location, log_scale = outputs.chunk(2, dim=-3)
    return location + LOCATION, (log_scale + LOG_SCALE).clamp(min=LEAST_LOG_SCALE)
