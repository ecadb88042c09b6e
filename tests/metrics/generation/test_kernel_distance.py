import numpy as np
import pytest

from aebench.metrics.generation.kernel_distance import kernel_distance


def test_it_is_the_sum_over_all_pairs_but_a_point_with_itself() -> None:
    generator = np.random.default_rng(0)
    a, b = generator.normal(size=(4, 3)), generator.normal(size=(5, 3)) + 1

    def mean(x: np.ndarray, y: np.ndarray) -> float:
        values = [
            (x[i] @ y[j] / 3 + 1) ** 3
            for i in range(len(x))
            for j in range(len(y))
            if not (x is y and i == j)
        ]
        return sum(values) / len(values)

    expected = mean(a, a) + mean(b, b) - 2 * mean(a, b)
    assert kernel_distance(a, b) == pytest.approx(expected)
    assert kernel_distance(b, a) == pytest.approx(expected)


def test_it_is_without_bias_where_the_distributions_are_one() -> None:
    generator = np.random.default_rng(0)
    found = np.array(
        [
            kernel_distance(generator.normal(size=(20, 2)), generator.normal(size=(30, 2)))
            for _ in range(400)
        ]
    )
    assert abs(found.mean()) < 4 * found.std() / 20
    assert found.min() < 0


def test_between_points_it_is_known() -> None:
    """All at 0 and all at 1: 1 + 8 - 2."""
    zeros, ones = np.zeros((1500, 1), np.float32), np.ones((2100, 1), np.float32)
    assert kernel_distance(zeros, ones) == pytest.approx(7)
