"""A point of the grid costs what its density says: bits back take nothing from a mixture."""

import math

import numpy as np
import pytest
import torch

from aebench.compression.grids import Grid
from aebench.compression.priors import Mixture, StandardNormal
from aebench.compression.stack import Stack
from aebench.models.gaussians import log_mixture

COUNT = 3000
# Two components that overlap, so that which one a point came from is not clear, and one apart.
MEANS = np.array([[0.0, 0.0], [0.5, 0.3], [3.0, -2.0]])
DEVIATIONS = np.array([[1.0, 0.5], [0.6, 0.8], [0.3, 0.2]])
NORMAL = np.zeros((1, 2)), np.ones((1, 2))


@pytest.mark.parametrize("name", ["normal", "mixture"])
def test_a_point_costs_minus_its_log_density(name):
    means, deviations = (MEANS, DEVIATIONS) if name == "mixture" else NORMAL
    generator = np.random.default_rng(0)
    chosen = generator.integers(len(means), size=COUNT)
    z = means[chosen] + deviations[chosen] * generator.normal(size=(COUNT, 2))
    grid = Grid(np.array([5, 6], np.uint8), np.array([9, 9], np.uint8))
    points = np.rint(z / grid.steps).astype(int)
    prior = Mixture(grid, means, deviations) if name == "mixture" else StandardNormal(grid)
    stack = Stack(generator.integers(2**32, size=1000, dtype=np.uint32), seal=True)
    before, at_first = stack.bits, stack.words()
    prior.push(stack, points)
    bits = stack.bits - before
    values, centres, log_vars = map(
        torch.from_numpy, (grid.values(points), means, 2 * np.log(deviations))
    )
    nats = -log_mixture(values, centres, log_vars).sum() - COUNT * np.log(grid.steps).sum()
    assert bits == pytest.approx(nats.item() / math.log(2), rel=2e-3)
    assert np.array_equal(prior.pop(stack, COUNT), points)
    assert np.array_equal(stack.words(), at_first)


def test_a_grid_holds_what_it_was_fitted_to():
    generator = np.random.default_rng(0)
    mean, deviation = generator.normal(size=(50, 3)) * [1, 5, 0.1], np.full((50, 3), 0.05)
    grid = Grid.fit(mean, deviation)
    assert np.all(grid.steps <= 0.05) and np.all(grid.steps > 0.05 / 2)
    assert np.all(2.0**grid.reaches * grid.steps >= np.abs(mean).max(0))
    again = Grid.from_bytes(grid.to_bytes())
    assert np.array_equal(again.steps, grid.steps)
