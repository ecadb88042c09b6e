"""Grids that bits-back coding rounds real latents to."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import constriction
import numpy as np

from aebench.compression.stack import Stack

# The share of posterior deviations that may be narrower than the grid's step. A step as wide as the
# deviation costs hardly anything: posterior and prior are rounded alike, and only half a step of
# noise is added to the code.
NARROWER = 0.02
# The grid reaches so many deviations from the mean. Each point has a probability of at least 2^-24,
# so that a larger grid would take probability from the others.
DEVIATIONS = 6
# Steps of 1/2 to 2^-12, and 2 to 2^15 points on each side of zero.
EXPONENTS, REACHES = (1, 12), (1, 15)
# Narrower than this share of a step, a Gaussian lies within one step anyway.
LEAST_DEVIATION = 1 / 64


@dataclass(frozen=True)
class Grid:
    """Multiples of 2^-exponents[d] in dimension d, 2^reaches[d] of them on each side of zero."""

    exponents: np.ndarray
    reaches: np.ndarray

    @classmethod
    def fit(cls, mean: np.ndarray, deviation: np.ndarray) -> "Grid":
        """The coarsest grid that costs next to nothing for posteriors with these, N x D each."""
        narrow = np.quantile(deviation, NARROWER, axis=0)
        exponents = np.ceil(-np.log2(narrow)).clip(*EXPONENTS)
        furthest = (np.abs(mean) + DEVIATIONS * deviation).max(0)
        reaches = np.ceil(np.log2(furthest) + exponents).clip(*REACHES)
        return cls(exponents.astype(np.uint8), reaches.astype(np.uint8))

    @property
    def steps(self) -> np.ndarray:
        return 2.0 ** -self.exponents.astype(float)

    def values(self, points: np.ndarray) -> np.ndarray:
        """The latents at these points, N x D both."""
        return points * self.steps

    def push(
        self, stack: Stack, points: np.ndarray, mean: np.ndarray, deviation: np.ndarray
    ) -> None:
        """Push points, N x D, by N(mean, deviation^2), both N x D."""
        columns = zip(points.T.astype(np.int32), self._models(mean, deviation), strict=True)
        for column, parameters in reversed(list(columns)):
            stack.push(column, *parameters)

    def pop(self, stack: Stack, mean: np.ndarray, deviation: np.ndarray) -> np.ndarray:
        """Pop points, N x D: those that `push` put there, or samples if the stack is random."""
        models = self._models(mean, deviation)
        return np.stack([stack.pop(*parameters) for parameters in models], axis=1)

    def to_bytes(self) -> bytes:
        return self.exponents.tobytes() + self.reaches.tobytes()

    @classmethod
    def from_bytes(cls, data: bytes) -> "Grid":
        return cls(*np.frombuffer(data, np.uint8).reshape(2, -1))

    def _models(
        self, mean: np.ndarray, deviation: np.ndarray
    ) -> Iterator[tuple[Any, np.ndarray, np.ndarray]]:
        """`constriction`'s model and its parameters, for each dimension."""
        mean = np.ascontiguousarray((mean / self.steps).T)
        deviation = np.ascontiguousarray((deviation / self.steps).T).clip(min=LEAST_DEVIATION)
        for d, reach in enumerate(self.reaches):
            bound = 1 << int(reach)
            model = constriction.stream.model.QuantizedGaussian(-bound, bound)
            yield model, mean[d], deviation[d]
