import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import numpy as np
import pytest

from aebench.core.errors import InputError
from aebench.data.dataset import DataSet
from aebench.data.idx_files import FILES, IdxFiles

TRAIN = np.arange(5 * 4 * 3, dtype=np.uint8).reshape(5, 4, 3)
TEST = TRAIN[:2] + 100
LABELS, TEST_LABELS = np.array([0, 1, 2, 0, 1]), np.array([2, 0])


@pytest.fixture
def load(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    idx_bytes: Callable[[np.ndarray], bytes],
    registered: None,
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

        class Tiny(IdxFiles):
            md5 = tuple(sums)
            mirrors = ()
            classes = ("a", "b", "c")
            source: Literal["tiny"]

        return Tiny(source="tiny", validation=1).read()

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


IDX_SOURCES = {name: cls for name, cls in DataSet.known().items() if issubclass(cls, IdxFiles)}


def test_the_built_in_sources_of_this_form() -> None:
    assert set(IDX_SOURCES) >= {"mnist", "fashion-mnist", "kmnist"}


@pytest.mark.parametrize("name", IDX_SOURCES)
def test_every_idx_source_is_filed_under_its_name(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    member = IDX_SOURCES[name]
    assert len(member.classes) == 10
    # urljoin would drop the last part of an address without the slash.
    assert member.mirrors and all(mirror.endswith("/") for mirror in member.mirrors)
    (tmp_path / name).mkdir()
    (tmp_path / name / FILES[0]).write_bytes(b"other")
    monkeypatch.setenv("AEBENCH_DATA_DIR", str(tmp_path))
    with pytest.raises(InputError, match=f"{name}/{FILES[0]}: MD5 is .* expected {member.md5[0]}"):
        member(source=name, validation=10).read()
