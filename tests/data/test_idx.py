import gzip
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from aebench.core.errors import InputError
from aebench.data.idx import read_idx

IMAGES = np.random.default_rng(0).integers(0, 256, (7, 5, 4), dtype=np.uint8)
MAGIC = bytes([0, 0, 8, 3])


def header(*shape: int, magic: bytes = MAGIC) -> bytes:
    return magic + np.array(shape, ">u4").tobytes()


@pytest.mark.parametrize("array", [IMAGES, IMAGES[:, 0, 0]], ids=["images", "labels"])
def test_reads_what_was_written(
    array: np.ndarray, tmp_path: Path, idx_bytes: Callable[[np.ndarray], bytes]
) -> None:
    path = tmp_path / "file.gz"
    path.write_bytes(idx_bytes(array))
    read = read_idx(path, ndim=array.ndim, max_bytes=array.size)
    assert read.dtype == np.uint8
    assert np.array_equal(read, array)


GOOD = gzip.compress(header(7, 5, 4) + IMAGES.tobytes(), mtime=0)
BAD_CHECKSUM = GOOD[:-8] + bytes(b ^ 0xFF for b in GOOD[-8:-4]) + GOOD[-4:]


BODY = IMAGES.tobytes()
BROKEN = {
    "no bytes": (b"", "empty"),
    "nothing inside": (gzip.compress(b""), "empty"),
    "half a header": (gzip.compress(MAGIC), "only 4 bytes"),
    "no gzip": (b"not gzip at all", "not a readable gzip file"),
    "cut in gzip's header": (GOOD[:8], "truncated"),
    "cut in the data": (GOOD[:-40], "truncated"),
    "cut in the checksum": (GOOD[:-3], "truncated"),
    "wrong checksum": (BAD_CHECKSUM, "CRC"),
    "surplus after the stream": (GOOD + b"surplus", "not a readable gzip file"),
    "signed bytes": (gzip.compress(header(7, 5, 4, magic=bytes([0, 0, 9, 3])) + BODY), "00000903"),
    "one dimension": (gzip.compress(header(140, magic=bytes([0, 0, 8, 1])) + BODY), "00000801"),
    "a byte short": (gzip.compress(header(7, 5, 4) + BODY[:-1]), "only 139 .* declares 140"),
    "a byte long": (gzip.compress(header(7, 5, 4) + BODY + b"!"), "more than 140 .* declares 140"),
    "no images": (gzip.compress(header(0, 5, 4)), "declares 0 bytes"),
    "far too many": (
        gzip.compress(header(10**9, 28, 28)),
        "declares 784000000000 .* allowed: 1 to 1000",
    ),
}


@pytest.mark.parametrize(("content", "says"), BROKEN.values(), ids=BROKEN.keys())
def test_says_in_one_line_what_is_wrong(content: bytes, says: str, tmp_path: Path) -> None:
    path = tmp_path / "broken.gz"
    path.write_bytes(content)
    with pytest.raises(InputError, match=says) as caught:
        read_idx(path, ndim=3, max_bytes=1000)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_idx(tmp_path / "nowhere.gz", ndim=3, max_bytes=1000)


def test_a_gzip_bomb_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "bomb.gz"
    path.write_bytes(gzip.compress(header(7, 5, 4) + bytes(50_000_000)))
    tracemalloc.start()
    try:
        with pytest.raises(InputError, match="more than 140"):
            read_idx(path, ndim=3, max_bytes=1000)
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()
