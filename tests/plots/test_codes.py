import numpy as np
import pytest

from aebench.plots.codes import principal_plane


def test_a_plane_keeps_the_distances_within_it():
    generator = np.random.default_rng(0)
    flat = generator.normal(size=(50, 2)) @ np.linalg.qr(generator.normal(size=(5, 2)))[0].T
    plane = principal_plane(flat + 3)
    assert np.linalg.norm(plane, axis=1) == pytest.approx(
        np.linalg.norm(flat - flat.mean(0), axis=1)
    )
    assert plane[:, 0].var() > plane[:, 1].var()


def test_single_numbers_lie_on_a_line_of_their_plane():
    numbers = np.array([[1.0], [5.0], [0.0]], np.float32)
    plane = principal_plane(numbers)
    assert abs(plane[:, 0]) == pytest.approx([1, 3, 2])
    assert not plane[:, 1].any()
