"""The model of independent pixels: known answers."""

import numpy as np
import pytest

from aebench.metrics.factorized import Factorized


def entropy(p: np.ndarray) -> float:
    return float(-(p * np.log(p)).sum())


def test_it_comes_near_the_entropy_of_independent_pixels() -> None:
    generator = np.random.default_rng(0)
    # A distribution of 8 values for each of 6 pixels.
    tables = generator.dirichlet(np.ones(8), 6)
    images = np.stack([generator.choice(8, 9000, p=p) for p in tables], 1).astype(np.uint8)
    train, validation, test = images.reshape(3, 3000, 1, 2, 3)
    found = Factorized.of(train, validation).nll(test)
    assert found == pytest.approx(sum(map(entropy, tables)), rel=0.02)


def test_values_that_were_never_seen_are_possible() -> None:
    train = np.zeros((20, 1, 2, 2), np.uint8)
    model = Factorized.of(train, train)
    assert np.isfinite(model.nll(np.full((1, 1, 2, 2), 255, np.uint8)))
    assert model.nll(train) < 0.1


def test_probabilities_sum_to_1() -> None:
    images = np.random.default_rng(0).integers(0, 256, (30, 3, 2, 2), np.uint8)
    log_p = Factorized.of(images[:20], images[20:])._log_probabilities()
    assert np.exp(log_p).sum(0) == pytest.approx(np.ones(12), rel=1e-5)
