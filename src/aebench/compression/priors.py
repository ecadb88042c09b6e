"""Coding of latents by their prior p(z).

Mixtures and two-layer priors are coded by bits back themselves: the component or the upper latents
are popped from the stack first, which gives back what they cost (Bit-Swap; Kingma et al. 2019).
"""

from typing import Protocol

import constriction
import numpy as np
from torch import nn

from aebench.compression.exact import ExactNets
from aebench.compression.grids import Grid
from aebench.compression.stack import Stack

CATEGORICAL = constriction.stream.model.Categorical(perfect=False)


class Prior(Protocol):
    def push(self, stack: Stack, points: np.ndarray) -> None:
        """Push N x D points of the grid."""

    def pop(self, stack: Stack, count: int) -> np.ndarray:
        """Pop `count` points."""


class StandardNormal:
    """N(0, I)."""

    def __init__(self, grid: Grid):
        self.grid = grid

    def push(self, stack: Stack, points: np.ndarray) -> None:
        self.grid.push(stack, points, *self._parameters(len(points)))

    def pop(self, stack: Stack, count: int) -> np.ndarray:
        return self.grid.pop(stack, *self._parameters(count))

    def _parameters(self, count: int) -> tuple[np.ndarray, np.ndarray]:
        shape = count, len(self.grid.exponents)
        return np.zeros(shape), np.ones(shape)


class Mixture:
    """The mean of K Gaussians, whose means and deviations are K x D: the VampPrior."""

    def __init__(self, grid: Grid, means: np.ndarray, deviations: np.ndarray):
        self.grid, self.means, self.deviations = grid, means, deviations
        self.component = constriction.stream.model.Uniform(len(means))

    def push(self, stack: Stack, points: np.ndarray) -> None:
        chosen = stack.pop(CATEGORICAL, self._responsibilities(points))
        self.grid.push(stack, points, self.means[chosen], self.deviations[chosen])
        stack.push(chosen, self.component)

    def pop(self, stack: Stack, count: int) -> np.ndarray:
        chosen = stack.pop(self.component, count)
        points = self.grid.pop(stack, self.means[chosen], self.deviations[chosen])
        stack.push(chosen, CATEGORICAL, self._responsibilities(points))
        return points

    def _responsibilities(self, points: np.ndarray) -> np.ndarray:
        """p(component|z), N x K, up to a factor; a component at a time, to save memory."""
        z = self.grid.values(points)
        log_p = np.stack(
            [
                -(0.5 * np.square((z - mean) / deviation) + np.log(deviation)).sum(1)
                for mean, deviation in zip(self.means, self.deviations, strict=True)
            ],
            axis=1,
        )
        return np.exp(log_p - log_p.max(1, keepdims=True))


class UpperLayer:
    """The prior p(z|u) p(u) of two-layer VAEs; u is popped by q(u|z)."""

    def __init__(
        self,
        grid: Grid,
        prior: StandardNormal | Mixture,
        nets: ExactNets,
        encoder: nn.Module,
        decoder: nn.Module,
    ):
        self.grid, self.prior, self.upper = grid, prior, prior.grid
        self.nets, self.encoder, self.decoder = nets, encoder, decoder

    def push(self, stack: Stack, points: np.ndarray) -> None:
        u = self.upper.pop(stack, *self._posterior(points))
        self.grid.push(stack, points, *self._given(u))
        self.prior.push(stack, u)

    def pop(self, stack: Stack, count: int) -> np.ndarray:
        u = self.prior.pop(stack, count)
        points = self.grid.pop(stack, *self._given(u))
        self.upper.push(stack, u, *self._posterior(points))
        return points

    def _posterior(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return self.nets.gaussian(self.encoder, self.grid.values(points))

    def _given(self, u: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return self.nets.gaussian(self.decoder, self.upper.values(u))
