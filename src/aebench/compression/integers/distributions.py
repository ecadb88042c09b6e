"""Distributions of symbols with integer frequencies, which add up to 2^24.

All are vectors with an entry for each symbol. A frequency is never 0: of n symbols each gets 1, and
the rest is divided by the distribution function in integers.
"""

from functools import cache

import numpy as np

from aebench.compression.integers import tables
from aebench.compression.integers.lanes import PRECISION, TOTAL

# Fraction bits of what nets output: means, log variances, logits, ... .
FRACTION = 16
UNIT = 1 << FRACTION
# Log scales and logits are rounded to multiples of 1/64: half of it changes a scale by 0.8 %.
FINE = 6
# Values of the distribution functions are multiples of 2^-30.
HEIGHT = 30
# Log variances from -16 to 8.
LOWEST_LOG_VAR, LOG_VARS = -16, 24 << FINE
STANDARD_LEVEL = -LOWEST_LOG_VAR << FINE
LARGEST_LOGIT = 16
ALL = slice(None)
# Where symbols are looked for at a time, in sixteenths.
SECTIONS = np.arange(1, 16)[:, None]
NEXT = np.array([[0], [1]])
Span = tuple[np.ndarray, np.ndarray]
Found = tuple[np.ndarray, np.ndarray, np.ndarray]


def to_levels(values: np.ndarray, lowest: int, count: int) -> np.ndarray:
    """Round values of 16 fraction bits to multiples of 1/64; `lowest` of these is level 0."""
    half = 1 << (FRACTION - FINE - 1)
    return (((values + half) >> (FRACTION - FINE)) - lowest).clip(0, count)


class Bernoulli:
    """0 or 1, by logits."""

    def __init__(self, logits: np.ndarray):
        level = to_levels(np.abs(logits), 0, LARGEST_LOGIT << FINE)
        likely = _logistic(FINE, LARGEST_LOGIT << FINE, PRECISION)[level]
        self.zeros = np.where(logits > 0, TOTAL - likely, likely)

    def span(self, symbols: np.ndarray) -> Span:
        return symbols * self.zeros, np.where(symbols, TOTAL, self.zeros)

    def find(self, slots: np.ndarray, rows: slice) -> Found:
        zeros = self.zeros[rows]
        symbols = (slots >= zeros).astype(np.int64)
        return symbols, symbols * zeros, np.where(symbols, TOTAL, zeros)


class Cumulative:
    """Distributions by how frequent all smaller symbols are; `sizes` is a number or an array."""

    sizes: np.ndarray | int

    def below(self, symbols: np.ndarray, rows: slice) -> np.ndarray:
        """The frequency of all smaller symbols, for symbols from 1 to the last.

        `symbols` are ... x the length of `rows`; what is returned rises with them for others, too.
        """
        raise NotImplementedError

    def span(self, symbols: np.ndarray) -> Span:
        return self._span(symbols, ALL)

    def find(self, slots: np.ndarray, rows: slice) -> Found:
        """By sections of a sixteenth: two steps for 256 symbols."""
        sizes = self._sizes(rows)
        symbols = np.zeros_like(slots)
        for width in _widths(int(np.max(sizes))):
            bounds = np.minimum(symbols + width * SECTIONS, sizes)
            symbols += width * (self.below(bounds, rows) <= slots).sum(0)
        symbols = np.minimum(symbols, sizes - 1)
        return symbols, *self._span(symbols, rows)

    def _span(self, symbols: np.ndarray, rows: slice) -> Span:
        starts, ends = self.below(symbols + NEXT, rows)
        starts[symbols == 0] = 0
        ends[symbols == self._sizes(rows) - 1] = TOTAL
        return starts, ends

    def _sizes(self, rows: slice) -> np.ndarray | int:
        return self.sizes[rows] if isinstance(self.sizes, np.ndarray) else self.sizes


class Gaussian(Cumulative):
    """Points of a grid, counted from its lowest, by means and levels of log variances.

    The grid has `reach` points of a distance of 2^-exponent on each side of 0.
    """

    def __init__(
        self, means: np.ndarray, levels: np.ndarray, exponents: np.ndarray, reach: np.ndarray
    ):
        self.means, self.rates = means, rates()[levels]
        self.reach, self.sizes = reach, 2 * reach + 1
        self.shifts = FRACTION - 1 - exponents

    def below(self, symbols: np.ndarray, rows: slice) -> np.ndarray:
        bounds = (2 * (symbols - self.reach[rows]) - 1) << self.shifts[rows]
        deviations = (bounds - self.means[rows]) * self.rates[rows] >> FRACTION
        return divided(symbols, self._sizes(rows), _normal()(deviations))


class Uniform(Cumulative):
    """Any of `size` symbols."""

    def __init__(self, size: int):
        self.sizes = size

    def below(self, symbols: np.ndarray, rows: slice) -> np.ndarray:
        return symbols * TOTAL // self.sizes


class Table(Cumulative):
    """By weights, a row for each symbol, whose sums their type holds and are less than 2^39."""

    def __init__(self, weights: np.ndarray):
        self.sizes = weights.shape[1]
        self.sums = np.zeros((len(weights), self.sizes + 1), dtype=weights.dtype)
        np.cumsum(weights, axis=1, dtype=weights.dtype, out=self.sums[:, 1:])

    def below(self, symbols: np.ndarray, rows: slice) -> np.ndarray:
        sums = self.sums[rows]
        part = sums[np.arange(len(sums)), symbols].astype(np.int64)
        return symbols + part * (TOTAL - self.sizes) // sums[:, -1]


def _widths(size: int) -> list[int]:
    """Powers of 16 that are less than `size`, the largest first."""
    return [16**n for n in reversed(range(5)) if 16**n < size]


def divided(symbols: np.ndarray, sizes: np.ndarray | int, share: np.ndarray) -> np.ndarray:
    """`below`, where `share` is the distribution function in units of 2^-30.

    Each symbol gets a frequency of 1, and the rest is divided.
    """
    return symbols + (share * (TOTAL - sizes) >> HEIGHT)


@cache
def rates() -> np.ndarray:
    """1 / deviation in units of 2^-16, for each level of the log variance."""
    decay = tables.exponentials(FINE + 1, LOG_VARS)
    unit = decay[STANDARD_LEVEL]
    return np.array([tables.rounded(tables.ONE * d // unit, FRACTION) for d in decay], np.int64)


_logistic = cache(tables.logistic_table)


class Curve:
    """A distribution function that is symmetric about 0, linear between points.

    `table` has its values at i / 2^step, i >= 0, in units of 2^-30; beyond its end they stay.
    """

    def __init__(self, table: np.ndarray, step: int):
        self.values = np.concatenate([(1 << HEIGHT) - table[:0:-1], table])
        self.slopes = np.append(np.diff(self.values), 0)
        self.bits = FRACTION - step
        self.end = len(table) - 1 << self.bits

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """At numbers with 16 fraction bits."""
        x = np.minimum(np.maximum(x + self.end, 0), 2 * self.end)
        place, rest = x >> self.bits, x & ((1 << self.bits) - 1)
        return self.values[place] + (self.slopes[place] * rest >> self.bits)


@cache
def _normal() -> Curve:
    return Curve(tables.normal_table(8, HEIGHT), 8)
