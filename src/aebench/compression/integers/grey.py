"""Distributions of grey values with integer frequencies: those of `models/likelihoods`."""

from functools import cache
from math import isqrt

import numpy as np

from aebench.compression.integers import tables
from aebench.compression.integers.distributions import (
    ALL,
    FINE,
    FRACTION,
    HEIGHT,
    UNIT,
    Cumulative,
    Curve,
    Found,
    Span,
    Table,
    divided,
    to_levels,
)

VALUES = 256
# Log scales in 1/64: from just above the likelihood's bound log(1 / 5100) to 4.
LOWEST_LOG_SCALE, LOG_SCALES = -546, 546 + (4 << FINE)
# Added to a net's outputs by the likelihood: 0.5 and -2.
LOCATION, LOG_SCALE = UNIT // 2, -2 * UNIT
FARTHEST_LOCATION = 8 * UNIT
# Fraction bits of 1 / scale, for scales in grey values.
RATE = 24
# The logistic function's table ends here.
LARGEST_LOGISTIC = 24
# Bound of |log a| and |log b|.
LARGEST_LOG = 12
# Logarithms to base 2 have so many fraction bits, and 2^-x is looked up with so many. The sum of
# 256 weights is an int32.
LOG_BITS, POWER_BITS, WEIGHT_BITS = 20, 8, 22
SHAPE_BITS = 32
# Tables of 256 weights at a time.
CHUNK = 256


class DiscretizedLogistic(Cumulative):
    """Of evenly spaced values, by a location and a log scale, 16 fraction bits each."""

    def __init__(self, locations: np.ndarray, log_scales: np.ndarray, values: int = VALUES):
        near = (locations + LOCATION).clip(-FARTHEST_LOCATION, FARTHEST_LOCATION)
        self.sizes = values
        self.centres = near * (values - 1)
        levels = to_levels(log_scales + LOG_SCALE, LOWEST_LOG_SCALE, LOG_SCALES)
        self.rates = _rates(values)[levels]

    def below(self, symbols: np.ndarray, rows: slice) -> np.ndarray:
        bounds = (2 * symbols - 1) << (FRACTION - 1)
        x = (bounds - self.centres[rows]) * self.rates[rows] >> RATE
        return divided(symbols, self.sizes, _logistic()(x))


class BetaBinomial:
    """By log a and log b, 16 fraction bits each."""

    def __init__(self, log_a: np.ndarray, log_b: np.ndarray):
        lowest, count = -LARGEST_LOG << FINE, 2 * LARGEST_LOG << FINE
        self.a, self.b = (to_levels(value, lowest, count) for value in (log_a, log_b))

    def span(self, symbols: np.ndarray) -> Span:
        # Few tables at a time, to save memory.
        rows = [slice(i, i + CHUNK) for i in range(0, len(symbols), CHUNK)]
        spans = [self._table(row).span(symbols[row]) for row in rows]
        starts, ends = (np.concatenate(part) for part in zip(*spans, strict=True))
        return starts, ends

    def find(self, slots: np.ndarray, rows: slice) -> Found:
        return self._table(rows).find(slots, ALL)

    def _table(self, rows: slice) -> Table:
        """Weights in proportion to the probabilities of each value, the largest 2^22."""
        logs, mirrored = _log_factors()
        log_p = np.take(logs, self.a[rows], axis=0)
        log_p += np.take(mirrored, self.b[rows], axis=0)
        np.subtract(log_p.max(1, keepdims=True), log_p, out=log_p)
        # What is beyond the table's end is 0, as its last number is.
        return Table(_powers_of_half().take(log_p, mode="clip"))


def log2(numbers: np.ndarray) -> np.ndarray:
    """Logarithms to base 2 of numbers from 1 to 2^53, rounded down, with 20 fraction bits.

    Bit by bit: squaring a number in [1, 2) doubles its logarithm.
    """
    # Exact: only reads the exponent.
    whole = np.frexp(numbers.astype(np.float64))[1].astype(np.int64) - 1
    mantissas = numbers << (53 - whole) >> 23
    result = whole
    for _ in range(LOG_BITS):
        squares = mantissas * mantissas >> 30
        bit = squares >> 31
        mantissas = squares >> bit
        result = 2 * result + bit
    return result


@cache
def _log_factors() -> tuple[np.ndarray, np.ndarray]:
    """log2 of (a)_k / k!, the rising factorial, for each level of log a and k from 0 to 255.

    With 8 fraction bits; and the same for 255 - k. The beta-binomial's probability of k is the
    product of this with a, and with b and 255 - k, up to a factor.
    """
    half = tables.exponentials(FINE, LARGEST_LOG << FINE)
    small = [tables.rounded(e, SHAPE_BITS) for e in half]
    large = [tables.rounded(tables.ONE * tables.ONE // e, SHAPE_BITS) for e in half]
    shapes = np.array([*small[:0:-1], *large], dtype=np.int64)
    k = np.arange(VALUES - 1, dtype=np.int64) << SHAPE_BITS
    factors = log2(shapes[:, None] + k) - log2(k + (1 << SHAPE_BITS))
    sums = np.pad(factors.cumsum(1), ((0, 0), (1, 0)))
    logs = (sums + (1 << (LOG_BITS - POWER_BITS - 1)) >> (LOG_BITS - POWER_BITS)).astype(np.int32)
    return logs, np.ascontiguousarray(logs[:, ::-1])


@cache
def _powers_of_half() -> np.ndarray:
    """2^(-i / 256) in units of 2^-22, to 0: roots by the square root of integers."""
    root = tables.ONE // 2
    for _ in range(POWER_BITS):
        root = isqrt(root * tables.ONE)
    values = [tables.ONE]
    while tables.rounded(values[-1], WEIGHT_BITS):
        values.append(values[-1] * root >> tables.BITS)
    return np.array([tables.rounded(value, WEIGHT_BITS) for value in values], dtype=np.int32)


@cache
def _rates(values: int) -> np.ndarray:
    """1 / scale in grey values, 24 fraction bits, for each level of the log scale."""
    decay = tables.exponentials(FINE, LOG_SCALES)
    unit = tables.exponentials(FINE, -LOWEST_LOG_SCALE)[-1] * (values - 1)
    return np.array([tables.rounded(tables.ONE * d // unit, RATE) for d in decay], np.int64)


@cache
def _logistic() -> Curve:
    return Curve(tables.logistic_table(FINE, LARGEST_LOGISTIC << FINE, HEIGHT), FINE)
