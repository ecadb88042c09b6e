"""Names of images around their compressed file: format 3 (docs/reference/compressed-files.md)."""

import zlib

from aebench.compression.container import DIGEST, MAGIC, NAMED, digest_of
from aebench.compression.zipped import unzip
from aebench.core.errors import InputError

# Bytes of the length, and of the names at most.
LENGTH, LONGEST = 4, 2**28
# Which no name of a file has in it.
BETWEEN = "\0"


def with_names(names: list[str], file: bytes) -> bytes:
    """A file of format 1 or 2 with a name for each of its images."""
    table = zlib.compress(BETWEEN.join(names).encode(), 9)
    body = MAGIC + bytes([NAMED]) + len(table).to_bytes(LENGTH, "little") + table + file
    return body + digest_of(body)


def without_names(data: bytes, source: str) -> tuple[list[str] | None, bytes]:
    """Undo `with_names`; of a file without names they are None, and it is itself.

    Raises InputError, which names `source`, where the file was altered or cut off.
    """
    start = len(MAGIC) + 1
    if data[:start] != MAGIC + bytes([NAMED]):
        return None, data
    body = data[:-DIGEST]
    end = start + LENGTH + int.from_bytes(body[start : start + LENGTH], "little")
    if data[-DIGEST:] != digest_of(body) or end > len(body):
        raise InputError(f"{source}: damaged: it was cut off or altered after it was written")
    try:
        names = unzip(body[start + LENGTH : end], LONGEST).decode().split(BETWEEN)
    # Of a forger, who can compute the digest.
    except (InputError, UnicodeDecodeError):
        raise InputError(f"{source}: the names are damaged") from None
    return names, body[end:]
