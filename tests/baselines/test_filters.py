import numpy as np
import pytest

from aebench.baselines.base import Baseline
from aebench.baselines.tuning import tuned
from aebench.core.schema import parse

NAMES = ["gaussian-filter", "median-filter", "total-variation", "non-local-means", "wavelets"]
RNG = np.random.default_rng(0)


def images(count: int, channels: int = 1) -> np.ndarray:
    """Bright squares on black, 16 x 16, with nothing in common but that."""
    made = np.zeros((count, channels, 16, 16))
    for image in made:
        y, x = RNG.integers(1, 7, 2)
        image[:, y : y + 8, x : x + 8] = 1.0
    return made


def baseline(name: str, **settings):
    return parse(Baseline, {"name": name, **settings}, "baseline")


def error(restored: np.ndarray, clean: np.ndarray) -> float:
    return np.square(restored.clip(0, 1) - clean).mean()


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("name", NAMES)
def test_a_filter_removes_noise_from_images_of_any_channels(name: str, channels: int) -> None:
    clean = images(6, channels)
    noisy = clean + 0.3 * RNG.standard_normal(clean.shape)
    found = tuned(baseline(name), clean, clean[:3], noisy[:3])
    restored = found.filter(noisy)
    assert restored.shape == clean.shape
    assert error(restored[3:], clean[3:]) < 0.9 * error(noisy[3:], clean[3:])
    # Each image by itself.
    np.testing.assert_allclose(found.filter(noisy[4:5]), restored[4:5], atol=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_the_setting_is_the_best_one_for_the_validation_images(name: str) -> None:
    clean = images(4)
    noisy = clean + 0.3 * RNG.standard_normal(clean.shape)
    found = tuned(baseline(name), clean, clean, noisy)
    for setting, values in baseline(name).model_dump(exclude={"name"}).items():
        assert found.settings[setting] in values
        for value in (values[0], values[-1]):
            settings = {key: [one] for key, one in (found.settings | {setting: value}).items()}
            other = tuned(baseline(name, **settings), clean, clean, noisy)
            assert error(found.filter(noisy), clean) <= error(other.filter(noisy), clean)


def test_more_noise_is_filtered_more() -> None:
    clean = images(20)
    sigmas = []
    for std in (0.05, 0.4, 1.5):
        noisy = clean + std * RNG.standard_normal(clean.shape)
        sigmas.append(tuned(baseline("gaussian-filter"), clean, clean, noisy).settings["sigma"])
    assert sigmas[0] < sigmas[1] < sigmas[2]


@pytest.mark.parametrize("name", [*NAMES, "pca"])
def test_noise_that_darkens_is_made_unbiased_first_where_that_is_better(name: str) -> None:
    clean = images(20)
    dark = 0.4 * clean + 0.1 * RNG.standard_normal(clean.shape)
    brighter = tuned(baseline(name), clean, clean, dark, lambda images: images / 0.4)
    assert brighter.settings["unbiased"]
    as_it_is = tuned(baseline(name), clean, clean, dark)
    assert error(brighter.filter(dark), clean) < 0.5 * error(as_it_is.filter(dark), clean)
    darker = tuned(baseline(name), clean, clean, dark, lambda images: images / 40)
    assert not darker.settings["unbiased"]


def test_the_noisy_image_itself_is_left_as_it_is() -> None:
    clean = images(2)
    found = tuned(baseline("identity"), clean, clean, clean / 2, lambda images: 2 * images)
    assert found.settings == {}
    assert found.filter(clean) is clean


def test_medians_undo_salt_and_pepper_better_than_means() -> None:
    clean = images(10)
    noisy = np.where(RNG.random(clean.shape) < 0.1, RNG.integers(0, 2, clean.shape), clean)
    restored = {n: tuned(baseline(n), clean, clean, noisy).filter(noisy) for n in NAMES[:2]}
    assert error(restored["median-filter"], clean) < error(restored["gaussian-filter"], clean)


def test_pca_keeps_what_the_training_images_have_in_common() -> None:
    basis = RNG.standard_normal((3, 1, 16, 16)) / 16
    train, clean = (
        0.5 + np.tensordot(RNG.uniform(-1, 1, (count, 3)), basis, 1) for count in (100, 10)
    )
    noisy = clean + 0.1 * RNG.standard_normal(clean.shape)
    found = tuned(baseline("pca", components=[1, 2, 3, 8, 50]), train, clean, noisy)
    assert found.settings == {"components": 3}
    # Of 256 directions of the noise three are left.
    assert error(found.filter(noisy), clean) < 0.03 * error(noisy, clean)


def test_the_identity_is_the_image() -> None:
    clean = images(3)
    found = tuned(baseline("identity"), clean, clean, clean + 1)
    assert found.filter(clean) is clean and found.settings == {}
