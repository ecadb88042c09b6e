from dataclasses import replace

import numpy as np
import pytest
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from aebench.measures import features
from aebench.measures.quality import psnr_db, ssim
from aebench.measures.sections.denoising import Denoising, noisy_images
from aebench.objectives.corruptions.gaussian import Gaussian

NOISE = Gaussian(name="gaussian", std=0.3)
CONFIG = Denoising(noise=NOISE, others={"weaker": Gaussian(name="gaussian", std=0.1)})
RNG = np.random.default_rng(0)


@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 8, 12)])
def test_psnr_and_ssim_are_means_of_scikit_images(shape: tuple[int, ...]) -> None:
    clean = RNG.random((5, *shape))
    images = (clean + 0.2 * RNG.standard_normal(clean.shape)).clip(0, 1)
    pairs = list(zip(clean, images, strict=True))
    psnrs = [peak_signal_noise_ratio(a, b, data_range=1) for a, b in pairs]
    ssims = [structural_similarity(a, b, data_range=1, channel_axis=0) for a, b in pairs]
    assert psnr_db(images, clean) == pytest.approx(np.mean(psnrs))
    assert ssim(images, clean) == pytest.approx(np.mean(ssims))


def test_a_perfect_restoration_has_finite_numbers() -> None:
    clean = RNG.random((3, 1, 6, 6))
    assert psnr_db(clean, clean) == pytest.approx(100)
    assert ssim(clean, clean) == pytest.approx(1)


def test_all_columns_are_there_and_the_seed_draws_the_noise(baseline) -> None:
    found = CONFIG.compute(baseline("identity"))
    assert found.values.keys() == set(CONFIG.columns())
    for place, std in {"seen": 0.3, "weaker": 0.1}.items():
        # Clipping takes some of it.
        assert 0.3 * 36 * std**2 < found.values[f"sse_per_image_{place}"] < 36 * std**2
    assert CONFIG.compute(baseline("identity")).values == found.values
    assert CONFIG.compute(baseline("identity", seed=1)).values != found.values


def test_all_methods_get_the_same_noise(net, baseline) -> None:
    found = [CONFIG.compute(one) for one in (net("stacked"), baseline("median-filter"))]
    np.testing.assert_array_equal(found[0].arrays["noisy_seen"], found[1].arrays["noisy_seen"])
    assert found[0].settings == {} and found[1].settings["size"] in [1, 2, 3, 4, 5]
    test = baseline("identity").prepared.part("test")[0]
    tuning = noisy_images(test, NOISE, 0, "validation")
    assert not np.allclose(tuning, noisy_images(test, NOISE, 0, "test"))


def test_noise_makes_the_classifier_err_which_clean_images_do_not(baseline, monkeypatch) -> None:
    # As many updates as larger data give.
    fewer = features.TRAINING.model_copy(update={"batch_size": 10})
    monkeypatch.setattr(features, "TRAINING", fewer)
    noise = Gaussian(name="gaussian", std=2.0)
    loud = Denoising(noise=noise, classifier_epochs=30)
    values = loud.compute(baseline("identity")).values
    assert values["classifier_error_clean"] < 0.2
    assert values["classifier_error_seen"] > values["classifier_error_clean"] + 0.1


def test_without_labels_nothing_is_said_of_classes(baseline, prepared) -> None:
    bare = replace(prepared, labels=None, classes=())
    values = CONFIG.compute(baseline("identity", data=bare)).values
    assert not any("classifier" in name for name in values) and "ssim_seen" in values
