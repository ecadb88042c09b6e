"""Ridge regression as a filter."""

import numpy as np
import pytest
from sklearn.linear_model import Ridge as ReferenceRidge

from aebench.baselines.sections.ridge import Ridge
from aebench.baselines.tuning import tuned


@pytest.fixture
def pairs() -> tuple[np.ndarray, list[np.ndarray]]:
    """200 images of 1 x 3 x 4 near a plane, and two draws of noise on them."""
    generator = np.random.default_rng(0)
    clean = generator.random((200, 2)) @ generator.random((2, 12)) / 2
    clean = clean.reshape(200, 1, 3, 4)
    return clean, [clean + 0.2 * generator.standard_normal(clean.shape) for _ in range(2)]


def test_it_is_the_ridge_regression_of_all_pairs(pairs) -> None:
    clean, noisy = pairs
    found = Ridge().fit_to_noise(clean, iter(noisy))(penalty=0.01)
    inputs = np.concatenate([draw.reshape(200, -1) for draw in noisy])
    targets = np.concatenate([clean.reshape(200, -1)] * 2)
    # scikit-learn's penalty is on sums over all rows.
    reference = ReferenceRidge(alpha=0.01 * len(inputs)).fit(inputs, targets)
    new = noisy[0][:7]
    np.testing.assert_allclose(
        found(new).reshape(7, -1), reference.predict(new.reshape(7, -1)), atol=1e-9
    )


def test_it_removes_noise_that_it_has_learned(pairs) -> None:
    clean, noisy = pairs
    found = tuned(Ridge(), clean[:150], clean[150:], noisy[0][150:], noisy_train=[noisy[1][:150]])
    error, before = (
        np.square(images - clean[150:]).mean()
        for images in (found.filter(noisy[0][150:]), noisy[0][150:])
    )
    assert error < 0.3 * before
