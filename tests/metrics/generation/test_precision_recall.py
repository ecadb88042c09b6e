import numpy as np
import pytest

from aebench.metrics.generation.precision_recall import precision_recall


def test_of_points_on_a_line() -> None:
    """With one neighbour: real 0, 1, 3, 7 have radii 1, 1, 2, 4; generated ones 2, 2.5 and 20 have
    0.5, 0.5 and 17.5."""
    real, generated = np.array([[0.0], [1], [3], [7]]), np.array([[2.0], [2.5], [20]])
    found = precision_recall(real, generated, neighbours=1)
    # 20 is in no ball of a real point; 3 is in that of 2.5, 3 and 7 in that of 20.
    assert found.precision == pytest.approx(2 / 3)
    assert found.recall == pytest.approx(2 / 4)


def test_the_same_images_are_all_right_and_far_ones_all_wrong() -> None:
    points = np.random.default_rng(0).normal(size=(700, 3)).astype(np.float32)
    assert precision_recall(points, points[::-1].copy()) == (1.0, 1.0)
    assert precision_recall(points, points + 100) == (0.0, 0.0)


def test_a_part_of_what_is_real_is_precise_and_recalls_that_part() -> None:
    """A generator that dropped one of two modes."""
    generator = np.random.default_rng(0)
    real = generator.normal(size=(600, 2)) + np.repeat([[0.0], [50.0]], 300, axis=0)
    dropped = generator.normal(size=(600, 2))
    found = precision_recall(real, dropped)
    assert found.precision > 0.95
    assert found.recall == pytest.approx(0.5, abs=0.03)
