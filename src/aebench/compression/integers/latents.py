"""Coding of latents, rounded to a grid, by posteriors and priors in integers.

As `compression/priors.py`: mixtures and two-layer priors are coded by bits back themselves.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Protocol

import numpy as np

from aebench.compression.grids import Grid
from aebench.compression.integers import steps, tables
from aebench.compression.integers.distributions import (
    FINE,
    FRACTION,
    HEIGHT,
    LOG_VARS,
    LOWEST_LOG_VAR,
    STANDARD_LEVEL,
    Gaussian,
    Table,
    Uniform,
    rates,
    to_levels,
)
from aebench.compression.integers.lanes import LaneStack

# Farther from a component's mean, in deviations, all is equally unlikely.
FARTHEST = 64 << FRACTION
# Weights of components are looked up at steps of 1/1024.
STEP_BITS = 10


@dataclass(frozen=True)
class Normals:
    """N(mean, deviation^2) of N x D latents: means with 16 fraction bits, levels of log variances.

    See `distributions.rates`.
    """

    means: np.ndarray
    levels: np.ndarray

    @classmethod
    def of(cls, outputs: np.ndarray) -> "Normals":
        """From a net's means and log variances, N x 2 D with 16 fraction bits."""
        means, log_vars = np.split(outputs, 2, axis=1)
        return cls(means, to_levels(log_vars, LOWEST_LOG_VAR << FINE, LOG_VARS))

    @classmethod
    def joined(cls, parts: Sequence["Normals"]) -> "Normals":
        means, levels = ([getattr(part, name) for part in parts] for name in ("means", "levels"))
        return cls(np.concatenate(means), np.concatenate(levels))

    @classmethod
    def standard(cls, count: int, latents: int) -> "Normals":
        means = np.zeros((count, latents), dtype=np.int64)
        return cls(means, means + STANDARD_LEVEL)

    def __getitem__(self, rows: np.ndarray | slice | int) -> "Normals":
        return Normals(self.means[rows], self.levels[rows])

    def fitted_grid(self) -> Grid:
        unit = float(1 << FRACTION)
        return Grid.fit(self.means / unit, unit / rates()[self.levels])


class Points:
    """Coding of a grid's points, N x D."""

    def __init__(self, grid: Grid):
        self.exponents, self.reaches = grid.exponents.astype(np.int64), grid.reaches
        self.reach = np.int64(1) << grid.reaches.astype(np.int64)

    def values(self, points: np.ndarray) -> np.ndarray:
        """The latents at these points, with a net's 12 fraction bits."""
        return points << (steps.FRACTION - self.exponents)

    def push(self, stack: LaneStack, points: np.ndarray, normals: Normals) -> None:
        stack.push((points + self.reach).ravel(), self._gaussians(normals))

    def pop(self, stack: LaneStack, normals: Normals) -> np.ndarray:
        """Those that `push` put there, or samples if the stack is random."""
        symbols = stack.pop(normals.means.size, self._gaussians(normals))
        return symbols.reshape(normals.means.shape) - self.reach

    def _gaussians(self, normals: Normals) -> Gaussian:
        count = len(normals.means)
        exponents, reach = (np.tile(row, count) for row in (self.exponents, self.reach))
        return Gaussian(normals.means.ravel(), normals.levels.ravel(), exponents, reach)


class Prior(Protocol):
    points: Points

    def push(self, stack: LaneStack, points: np.ndarray) -> None:
        """Push N x D points of the grid."""

    def pop(self, stack: LaneStack, count: int) -> np.ndarray:
        """Pop `count` points."""


class StandardNormal:
    """N(0, I)."""

    def __init__(self, points: Points):
        self.points = points

    def push(self, stack: LaneStack, points: np.ndarray) -> None:
        self.points.push(stack, points, Normals.standard(*points.shape))

    def pop(self, stack: LaneStack, count: int) -> np.ndarray:
        return self.points.pop(stack, Normals.standard(count, len(self.points.reach)))


class Mixture:
    """The mean of K Gaussians: the VampPrior."""

    def __init__(self, points: Points, components: Normals):
        self.points, self.components = points, components
        self.component = Uniform(len(components.means))

    def push(self, stack: LaneStack, points: np.ndarray) -> None:
        chosen = stack.pop(len(points), self._responsibilities(points))
        self.points.push(stack, points, self.components[chosen])
        stack.push(chosen, self.component)

    def pop(self, stack: LaneStack, count: int) -> np.ndarray:
        chosen = stack.pop(count, self.component)
        points = self.points.pop(stack, self.components[chosen])
        stack.push(chosen, self._responsibilities(points))
        return points

    def _responsibilities(self, points: np.ndarray) -> Table:
        """p(component|z), N x K; a component at a time, to save memory."""
        z = self.points.values(points) << (FRACTION - steps.FRACTION)
        energies = np.stack([_energy(z, component) for component in self._each()], axis=1)
        energies -= energies.min(1, keepdims=True)
        table = _weights()
        places = np.minimum(energies >> (FRACTION - STEP_BITS), len(table) - 1)
        return Table(table[places])

    def _each(self) -> list[Normals]:
        return [self.components[k] for k in range(len(self.components.means))]


class UpperLayer:
    """The prior p(z|u) p(u) of two-layer VAEs; u is popped by q(u|z).

    `posterior` and `given` are the nets of q(u|z) and p(z|u), by values with 12 fraction bits.
    """

    def __init__(
        self,
        points: Points,
        prior: Prior,
        posterior: Callable[[np.ndarray], Normals],
        given: Callable[[np.ndarray], Normals],
    ):
        self.points, self.prior, self.upper = points, prior, prior.points
        self.posterior, self.given = posterior, given

    def push(self, stack: LaneStack, points: np.ndarray) -> None:
        u = self.upper.pop(stack, self.posterior(self.points.values(points)))
        self.points.push(stack, points, self.given(self.upper.values(u)))
        self.prior.push(stack, u)

    def pop(self, stack: LaneStack, count: int) -> np.ndarray:
        u = self.prior.pop(stack, count)
        points = self.points.pop(stack, self.given(self.upper.values(u)))
        self.upper.push(stack, u, self.posterior(self.points.values(points)))
        return points


def _energy(z: np.ndarray, component: Normals) -> np.ndarray:
    """-log density of N x D latents, with 16 fraction bits, up to a constant."""
    deviations = (z - component.means) * rates()[component.levels] >> FRACTION
    squares = np.square(deviations.clip(-FARTHEST, FARTHEST)).sum(1)
    # Halves of the squares, and of the log variances.
    return (squares >> (FRACTION + 1)) + (component.levels.sum() << (FRACTION - FINE - 1))


@cache
def _weights() -> np.ndarray:
    """exp(-i / 1024) in units of 2^-30, to 0."""
    return tables.exponential_table(STEP_BITS, 22 << STEP_BITS, HEIGHT)
