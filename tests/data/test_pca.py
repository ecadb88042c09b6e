"""PCA as the yardstick: known answers."""

import os

import numpy as np
import pytest
from sklearn.datasets import load_digits

from aebench.data import pca
from aebench.data.pca import PcaCodec, Subspace
from aebench.data.sources.mnist import Mnist

# Read before a fixture hides it from all other tests.
FILES = os.environ.get("AEBENCH_DATA_DIR")


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


@pytest.mark.skipif(FILES is None, reason="needs the files of full MNIST")
@pytest.mark.parametrize(("k", "error"), [(2, 43.645), (8, 29.354), (30, 13.866), (128, 3.297)])
def test_the_published_errors_on_full_mnist(k, error, monkeypatch):
    monkeypatch.setenv("AEBENCH_DATA_DIR", FILES)
    raw = Mnist(source="mnist", validation=2000).read()
    train, test = raw.images[~raw.official_test], raw.images[raw.official_test]
    assert PcaCodec(train, k).sse_per_image(test) == pytest.approx(error, abs=0.001)


def by_definition(train: np.ndarray, test: np.ndarray, k: int) -> float:
    """The error of the projection on the leading eigenvectors of the covariance."""
    train, test = ((images / 255).reshape(len(images), -1) for images in (train, test))
    basis = np.linalg.eigh(np.cov(train.T))[1][:, -k:]
    centred = test - train.mean(0)
    return np.square(centred - centred @ basis @ basis.T).sum(1).mean()


@pytest.mark.parametrize(("count", "k"), [(300, 5), (50, 5), (50, 49)])
def test_few_images_and_many_give_the_error_of_the_definition(count: int, k: int) -> None:
    train, test = digits(count), digits(200, start=1000)
    expected = by_definition(train, test, k)
    assert PcaCodec(train, k).sse_per_image(test) == pytest.approx(expected, rel=1e-6)


def test_fewer_images_than_pixels_give_orthonormal_components() -> None:
    """Also beyond the dimensions that the images span."""
    images = np.repeat(digits(10), 2, 0)
    subspace = Subspace(images, 99)
    basis = subspace.images(np.eye(20)) - subspace.images(np.zeros((1, 20)))
    assert subspace.components == 20
    assert basis @ basis.T == pytest.approx(np.eye(20), abs=1e-9)


@pytest.mark.parametrize("k", [2, 10, 30])
def test_large_data_have_nearly_the_exact_error(k: int, monkeypatch: pytest.MonkeyPatch) -> None:
    train, test = digits(600), digits(400, start=1000)
    exact = PcaCodec(train, k).sse_per_image(test)
    monkeypatch.setattr(pca, "LARGEST", 40)
    nearly = [PcaCodec(train, k).sse_per_image(test) for _ in range(2)]
    assert nearly[0] == nearly[1] != exact
    assert nearly[0] == pytest.approx(exact, rel=1e-3)


@pytest.mark.parametrize("count", [300, 50])
def test_bytes_and_floats_read_in_any_pieces_give_the_same(
    count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    train, test = digits(count), digits(50, start=1000)
    whole = PcaCodec(train, 7).codes(test)
    monkeypatch.setattr("aebench.data.chunks.CHUNK_VALUES", 2**9)
    monkeypatch.setattr(pca, "CHUNK_VALUES", 2**9)
    assert PcaCodec(train, 7).codes(test) == pytest.approx(whole, abs=1e-9)
    assert Subspace(train / 255, 7).codes(test / 255, 7) == pytest.approx(whole, abs=1e-9)


def digits(count: int, start: int = 0) -> np.ndarray:
    """Digits of all classes, 1 x 8 x 8."""
    images = load_digits().images[start : start + count, None]
    return (images * 15).astype(np.uint8)
