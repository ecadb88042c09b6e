import numpy as np
import pytest
from scipy.linalg import sqrtm

from aebench.metrics.generation.frechet import frechet_distance


def standardized(count: int, size: int, seed: int = 0) -> np.ndarray:
    """Points whose mean is exactly 0 and whose covariance is exactly I."""
    x = np.random.default_rng(seed).normal(size=(count, size))
    x -= x.mean(0)
    return x @ np.linalg.inv(np.linalg.cholesky(np.cov(x, rowvar=False)).T)


def test_between_gaussians_that_are_known() -> None:
    """Independent dimensions: the sum of (m - n)^2 + (s - t)^2, each one's means and deviations."""
    x = standardized(50, 3)
    a = x * [1.0, 2.0, 0.5] + [0.0, 1.0, -1.0]
    b = standardized(70, 3, seed=1) * [3.0, 2.0, 0.0] + [0.5, 1.0, 2.0]
    expected = 0.25 + 4 + 0 + 0 + 9 + 0.25
    assert frechet_distance(a, b) == pytest.approx(expected, abs=1e-6)
    assert frechet_distance(b, a) == pytest.approx(expected, abs=1e-6)
    assert frechet_distance(a, a[::-1]) == pytest.approx(0, abs=1e-6)


def test_it_is_the_formula_with_the_matrix_root() -> None:
    generator = np.random.default_rng(0)
    a, b = (generator.normal(size=(40, 4)) @ generator.normal(size=(4, 4)) for _ in range(2))
    first, second = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    expected = np.square(a.mean(0) - b.mean(0)).sum()
    expected += np.trace(first + second - 2 * sqrtm(first @ second).real)
    assert frechet_distance(a, b) == pytest.approx(expected)


def test_one_feature_is_enough() -> None:
    x = standardized(30, 2)[:, :1]
    assert frechet_distance(x, 2 * x + 1) == pytest.approx(2)
