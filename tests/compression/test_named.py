"""Names around a file, and whatever is wrong with them."""

import zlib

import pytest

from aebench.compression.container import digest_of
from aebench.compression.named import with_names, without_names
from aebench.core.errors import InputError

NAMES = ["a.png", "of a folder/ü.png"]
FILE = b"\x89AEB\r\n\x01 and so on"


def test_they_come_back_with_the_file() -> None:
    assert without_names(with_names(NAMES, FILE), "file") == (NAMES, FILE)
    assert without_names(FILE, "file") == (None, FILE)


def test_every_altered_byte_and_every_cut_is_noticed() -> None:
    data = with_names(NAMES, FILE)
    # The first seven say that these are names.
    for place in range(7, len(data)):
        altered = bytearray(data)
        altered[place] ^= 1
        for damaged in (bytes(altered), data[:place]):
            with pytest.raises(InputError, match="file: damaged"):
                without_names(damaged, "file")


@pytest.mark.parametrize("table", [b"no zlib", zlib.compress(b"\xff")])
def test_a_forged_table_is_refused(table: bytes) -> None:
    body = FILE[:6] + b"\x03" + len(table).to_bytes(4, "little") + table + FILE
    with pytest.raises(InputError, match="names are damaged"):
        without_names(body + digest_of(body), "file")
