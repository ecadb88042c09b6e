"""Decompression of untrusted data with a limit on its size."""

import zlib

from aebench.core.errors import InputError


def unzip(data: bytes, limit: int) -> bytes:
    """Undo `zlib.compress`; raises InputError where the result exceeds `limit` bytes."""
    inflater = zlib.decompressobj()
    try:
        # One byte more than allowed: zlib notices the end of the data only when it reads on.
        raw = inflater.decompress(data, limit + 1)
    except zlib.error as error:
        raise InputError(f"the compressed images are damaged: {error}") from None
    if len(raw) > limit or not inflater.eof:
        raise InputError(f"the compressed images are damaged: not up to {limit} bytes unzipped")
    return raw
