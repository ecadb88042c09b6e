"""Tables of exp, the logistic function and the normal distribution, by arithmetic of integers.

Python's integers have no rounding that machines could do differently, so that these tables need not
be in each file: the format's version stands for them. Numbers are multiples of 2^-96 until a table
rounds them.
"""

from collections.abc import Iterable
from functools import cache

import numpy as np

BITS = 96
ONE = 1 << BITS
# The normal distribution's tables end here, in deviations.
LAST_DEVIATION = 8


def rounded(value: int, bits: int) -> int:
    """The nearest multiple of 2^-bits, as an integer; halves are rounded up."""
    return ((value >> (BITS - bits - 1)) + 1) >> 1


@cache
def exponentials(step: int, count: int) -> tuple[int, ...]:
    """exp(-i / 2^step) for i from 0 to `count`."""
    ratio = _exp_minus(step)
    values = [ONE]
    for _ in range(count):
        values.append(values[-1] * ratio >> BITS)
    return tuple(values)


def exponential_table(step: int, count: int, bits: int) -> np.ndarray:
    """exp(-i / 2^step) for i from 0 to `count`, in units of 2^-bits."""
    return _array(exponentials(step, count), bits)


def logistic_table(step: int, count: int, bits: int) -> np.ndarray:
    """1 / (1 + exp(-i / 2^step)) for i from 0 to `count`, in units of 2^-bits."""
    return _array((ONE * ONE // (ONE + e) for e in exponentials(step, count)), bits)


def tanh_table(step: int, count: int, bits: int) -> np.ndarray:
    """tanh(i / 2^step) for i from 0 to `count`, in units of 2^-bits."""
    squares = exponentials(step - 1, count)
    return _array(((ONE - e) * ONE // (ONE + e) for e in squares), bits)


def silu_table(step: int, count: int, bits: int) -> np.ndarray:
    """x / (1 + exp(x)) at x = i / 2^step, in units of 2^-bits: what silu lacks to relu."""
    values = enumerate(exponentials(step, count))
    return _array((i * (ONE * e // (ONE + e)) >> step for i, e in values), bits)


def gelu_table(step: int, count: int, bits: int) -> np.ndarray:
    """x times the normal distribution's tail beyond x = i / 2^step: what gelu lacks to relu."""
    tails = [ONE - value for value in normal(step)]
    tails += [0] * (count + 1 - len(tails))
    return _array((i * tail >> step for i, tail in enumerate(tails)), bits)


def normal_table(step: int, bits: int) -> np.ndarray:
    """The normal distribution function at i / 2^step up to 8, in units of 2^-bits."""
    return _array(normal(step), bits)


@cache
def normal(step: int) -> tuple[int, ...]:
    """The normal distribution function at i / 2^step for i from 0 to 8 * 2^step.

    Simpson's rule on each step; the density up to a factor is exp(-x^2 / 2), whose ratio from one
    half step to the next falls by a constant factor. All area above 0 is a half.
    """
    last = LAST_DEVIATION << step
    # With half a step h = 2^-(step + 1): exp(-h^2 / 2), and exp(-h^2).
    ratio, fall = _exp_minus(2 * step + 3), _exp_minus(2 * step + 2)
    density = [ONE]
    for _ in range(2 * last):
        density.append(density[-1] * ratio >> BITS)
        ratio = ratio * fall >> BITS
    areas = [0]
    for i in range(last):
        start, middle, end = density[2 * i : 2 * i + 3]
        areas.append(areas[-1] + start + 4 * middle + end)
    return tuple(ONE // 2 + ONE * area // (2 * areas[-1]) for area in areas)


def _exp_minus(step: int) -> int:
    """exp(-2^-step): 1 by the exponential series at 2^-step."""
    total, term, n = 0, ONE, 0
    while term:
        total += term
        n += 1
        term = (term >> step) // n
    return ONE * ONE // total


def _array(values: Iterable[int], bits: int) -> np.ndarray:
    return np.array([rounded(value, bits) for value in values], dtype=np.int64)
