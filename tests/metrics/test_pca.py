"""PCA as the yardstick: known answers."""

import os

import numpy as np
import pytest

from aebench.data.sources.mnist import Mnist
from aebench.metrics.pca import PcaCodec


def test_the_error_is_the_variance_of_the_components_left_out():
    images = np.random.default_rng(0).integers(0, 256, (300, 1, 4, 4), dtype=np.uint8)
    flat = images.reshape(300, -1) / 255
    variances = np.sort(np.linalg.eigvalsh(np.cov(flat.T, bias=True)))[::-1]
    error = PcaCodec(images, 5).sse_per_image(images)
    assert error == pytest.approx(variances[5:].sum())


def test_a_code_as_long_as_the_image_loses_nothing_and_a_longer_one_is_no_error():
    images = np.random.default_rng(0).integers(0, 256, (50, 3, 2, 2), dtype=np.uint8)
    assert PcaCodec(images, 12).sse_per_image(images) == pytest.approx(0, abs=1e-20)
    assert PcaCodec(images, 99).reconstruct(images).shape == images.shape


@pytest.mark.skipif("AEBENCH_DATA_DIR" not in os.environ, reason="needs the files of full MNIST")
@pytest.mark.parametrize(("k", "error"), [(2, 43.645), (8, 29.354), (30, 13.866), (128, 3.297)])
def test_the_published_errors_on_full_mnist(k, error):
    raw = Mnist(source="mnist", validation=2000).read()
    train, test = raw.images[~raw.official_test], raw.images[raw.official_test]
    assert PcaCodec(train, k).sse_per_image(test) == pytest.approx(error, abs=0.001)
