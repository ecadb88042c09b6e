import numpy as np
import pytest

from aebench.metrics.generation.mixture import CodeMixture


def test_one_component_has_the_moments_of_the_codes() -> None:
    generator = np.random.default_rng(0)
    codes = generator.normal(size=(300, 3)) @ generator.normal(size=(3, 3)) + 5
    drawn = CodeMixture(codes, 1, seed=0).sample(100_000, seed=1)
    np.testing.assert_allclose(drawn.mean(0), codes.mean(0), atol=0.05)
    np.testing.assert_allclose(np.cov(drawn.T), np.cov(codes.T), atol=0.1)


def test_components_are_found_where_the_codes_are() -> None:
    generator = np.random.default_rng(0)
    centres = np.array([[0.0, 0], [10, 0], [0, 10]])
    codes = generator.normal(size=(900, 2)) + np.repeat(centres, [600, 200, 100], axis=0)
    mixture = CodeMixture(codes, 3, seed=0)
    drawn = mixture.sample(3000, seed=0)
    nearest = np.linalg.norm(drawn[:, None] - centres, axis=2).argmin(1)
    assert np.bincount(nearest) / 3000 == pytest.approx([6 / 9, 2 / 9, 1 / 9], abs=0.04)
    # In random order: the first of them come from all components.
    assert set(nearest[:60]) == {0, 1, 2}


def test_it_repeats_by_seed() -> None:
    codes = np.random.default_rng(0).normal(size=(50, 2)).astype(np.float32)
    first, again = (CodeMixture(codes, 2, seed=3) for _ in range(2))
    assert first.sample(5, seed=0).tobytes() == again.sample(5, seed=0).tobytes()
    assert first.sample(5, seed=0).tobytes() != first.sample(5, seed=1).tobytes()
    assert first.sample(5, seed=0).dtype == np.float32
