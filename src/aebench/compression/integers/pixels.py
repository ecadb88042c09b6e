"""Coding of pixels in integers, by the likelihoods of `models/likelihoods`.

`outputs` are those of the decoder, N x (maps C) x H x W with 16 fraction bits.
"""

import math
from functools import cache

import numpy as np

from aebench.compression.container import text_of
from aebench.compression.integers import tables
from aebench.compression.integers.distributions import FRACTION, UNIT, Bernoulli
from aebench.compression.integers.grey import VALUES, BetaBinomial, DiscretizedLogistic
from aebench.compression.integers.lanes import Distributions, LaneStack
from aebench.core.errors import InputError
from aebench.models.base import Likelihood

PIXEL = 255
COLOUR = "colour-logistic"
# Steps of 1 / 2^10 in which coefficients are looked up, to 16, and fraction bits of their tanh.
STEP_BITS, STEPS, TANH = 10, 16 << 10, 12


class Pixels:
    """The coder of a likelihood; raises InputError for one that is a density."""

    def __init__(self, likelihood: Likelihood):
        self.name, self.text = likelihood.member_name, text_of(likelihood)
        self.values = _values(likelihood)

    def check(self, images: np.ndarray) -> None:
        """Raise InputError where uint8 images have no probability."""
        if len(self.values) == VALUES or np.isin(images, self.values).all():
            return
        first = [str(value) for value in self.values[:8]]
        allowed = "0 or 255" if len(self.values) == 2 else f"{', '.join(first)} and so on"
        raise InputError(
            "the images have grey values, which have no probability under the model's likelihood "
            f"{self.text}; allowed: pixels that are {allowed}"
        )

    def push(self, stack: LaneStack, images: np.ndarray, outputs: np.ndarray) -> None:
        """Push uint8 images, N x C x H x W."""
        if self.name != COLOUR:
            symbols = np.searchsorted(self.values, images.ravel())
            stack.push(symbols, self._distributions(outputs))
            return
        # What is pushed last is popped first.
        for colour in reversed(range(images.shape[1])):
            symbols = images[:, colour].ravel().astype(np.int64)
            stack.push(symbols, _given(outputs, images, colour))

    def pop(self, stack: LaneStack, outputs: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
        """Pop images of `shape`, C x H x W."""
        images = np.zeros((len(outputs), *shape), np.uint8)
        if self.name != COLOUR:
            symbols = stack.pop(images.size, self._distributions(outputs))
            return self.values[symbols].reshape(images.shape)
        for colour in range(shape[0]):
            symbols = stack.pop(len(images) * math.prod(shape[1:]), _given(outputs, images, colour))
            images[:, colour] = symbols.reshape(len(images), *shape[1:])
        return images

    def _distributions(self, outputs: np.ndarray) -> Distributions:
        if self.name == "bernoulli":
            return Bernoulli(outputs.ravel())
        first, second = (part.ravel() for part in np.split(outputs, 2, axis=1))
        if self.name == "beta-binomial":
            return BetaBinomial(first, second)
        return DiscretizedLogistic(first, second, len(self.values))


def _values(likelihood: Likelihood) -> np.ndarray:
    """The values that a pixel may have, ascending."""
    name = likelihood.member_name
    if name == "bernoulli":
        levels = 2
    elif name in ("beta-binomial", "discretized-logistic", COLOUR):
        levels = getattr(likelihood, "levels", VALUES)
    else:
        raise InputError(
            f"the model's likelihood {name} is a density, which gives no code; "
            f"allowed: bernoulli, beta-binomial, discretized-logistic, {COLOUR}"
        )
    # Halves to even; all of it is exact.
    return np.rint(np.arange(levels) * PIXEL / (levels - 1)).astype(np.uint8)


def _given(outputs: np.ndarray, images: np.ndarray, colour: int) -> DiscretizedLogistic:
    """The distribution of a colour given those before it."""
    locations, log_scales, coefficients = np.split(outputs, 3, axis=1)
    location = locations[:, colour]
    # Green's coefficient of red, then blue's of red and of green.
    first = colour * (colour - 1) // 2
    for other in range(colour):
        by = _tanh(coefficients[:, first + other])
        # Less a half, as in the likelihood, with 16 fraction bits.
        value = (((images[:, other].astype(np.int64) << FRACTION + 1) + PIXEL) // (2 * PIXEL)) - (
            UNIT // 2
        )
        location = location + (by * value >> TANH)
    return DiscretizedLogistic(location.ravel(), log_scales[:, colour].ravel())


def _tanh(x: np.ndarray) -> np.ndarray:
    """tanh of numbers with 16 fraction bits, with 12."""
    shift = FRACTION - STEP_BITS
    places = (np.abs(x) + (1 << shift - 1) >> shift).clip(max=STEPS)
    return np.sign(x) * _table()[places]


@cache
def _table() -> np.ndarray:
    return tables.tanh_table(STEP_BITS, STEPS, TANH)
