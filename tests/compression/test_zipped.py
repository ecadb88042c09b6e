"""No more is unzip than there may be."""

import tracemalloc
import zlib

import pytest

from aebench.compression.zipped import unzip
from aebench.core.errors import InputError


def test_up_to_the_limit_it_comes_back():
    for size in (0, 1, 1000):
        assert unzip(zlib.compress(bytes(size)), 1000) == bytes(size)


def test_more_is_refused_before_it_is_in_memory():
    bomb = zlib.compress(bytes(10**8))
    tracemalloc.start()
    with pytest.raises(InputError, match="damaged: not up to 1000 bytes"):
        unzip(bomb, 1000)
    assert tracemalloc.get_traced_memory()[1] < 10**6
    tracemalloc.stop()


@pytest.mark.parametrize("data", [b"", b"none", zlib.compress(bytes(1000))[:-1]])
def test_what_is_damaged_is_refused(data):
    with pytest.raises(InputError, match="the compressed images are damaged"):
        unzip(data, 1000)
