"""The discretized logistic for colours that know of each other (Salimans et al. 2017, eq. 3).

Green's location moves with red's value, and blue's with those of both. One logistic instead of
their mixture, since the pixels of a decoder do not see their neighbours.
"""

import torch
from torch import Tensor

from aebench.models.likelihoods import discretized_logistic as logistic

# Location and log of the scale of each colour, and as many coefficients as there are colours:
# green's of red, blue's of red and of green.
maps, grey = 3, True


def nll(outputs: Tensor, images: Tensor) -> Tensor:
    """-log of the probability of each value given the colours before, in nats."""
    location, log_scale, coefficients = parameters(outputs)
    images = images.expand_as(location)
    return logistic.logistic_nll(_moved(location, coefficients, images), log_scale, images)


def mean(outputs: Tensor) -> Tensor:
    """The locations, each moved by those before it, within [0, 1]."""
    location, _, coefficients = parameters(outputs)
    shown = location
    for _ in range(2):
        shown = _moved(location, coefficients, shown)
    return shown.clamp(0, 1)


def parameters(outputs: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Location and log of the scale of each colour, and the coefficients, ... x 3 x H x W each."""
    location, log_scale, coefficients = outputs.chunk(3, dim=-3)
    return (*logistic.parameters(torch.cat([location, log_scale], dim=-3)), coefficients)


def _moved(location: Tensor, coefficients: Tensor, colours: Tensor) -> Tensor:
    """The locations given the values of the colours, ... x 3 x H x W."""
    red, green, _ = (colours - logistic.LOCATION).unbind(-3)
    of_green, by_red, by_green = coefficients.tanh().unbind(-3)
    moves = [torch.zeros_like(red), of_green * red, by_red * red + by_green * green]
    return location + torch.stack(moves, dim=-3)
