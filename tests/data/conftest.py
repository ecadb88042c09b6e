"""Small IDX files and small prepared data, away from the user's own."""

import gzip
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from aebench.data.prepared import Prepared
from aebench.data.split import split


@pytest.fixture(autouse=True)
def no_data_of_the_user(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Neither the data folder nor the download cache of whoever runs the tests."""
    monkeypatch.delenv("AEBENCH_DATA_DIR", raising=False)
    monkeypatch.setattr("pooch.os_cache", lambda name: tmp_path / "cache" / name)
    return tmp_path / "cache" / "aebench"


@pytest.fixture
def idx_bytes() -> Callable[[np.ndarray], bytes]:
    """A gzip'ed IDX file of uint8, as bytes that do not depend on the clock."""

    def encode(array: np.ndarray) -> bytes:
        header = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes()
        return gzip.compress(header + array.astype(np.uint8).tobytes(), mtime=0)

    return encode


@pytest.fixture
def make_prepared() -> Callable[..., Prepared]:
    """Prepared data of noise: 3 uneven classes or no labels, 10 validation and 20 test images."""

    def make(labelled: bool = True, channels: int = 1, seed: int = 0) -> Prepared:
        generator = np.random.default_rng(seed)
        images = generator.integers(0, 256, (120, channels, 6, 5), dtype=np.uint8)
        labels = generator.permutation(np.repeat([0, 1, 2], [60, 40, 20])) if labelled else None
        parts = split(labels, None, 120, validation=10, test=20, seed=0)
        return Prepared(images, labels, parts, ("a", "b", "ç") if labelled else ())

    return make


@pytest.fixture
def unprivileged() -> Iterator[Path]:
    """A folder that others may search, and no rights of root to read what is forbidden."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        path.chmod(0o755)
        root = os.geteuid() == 0
        if root:
            os.chown(path, 65534, 65534)
            os.setresuid(65534, 65534, 0)
        yield path
        if root:
            os.setresuid(0, 0, 0)
        for forbidden in path.rglob("*"):
            if not forbidden.is_symlink():
                forbidden.chmod(0o700)
