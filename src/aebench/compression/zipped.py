"""What a file holds zipped, of which nobody knows how large it becomes."""

import zlib

from aebench.core.errors import InputError


def unzipped(data: bytes, most: int) -> bytes:
    """The bytes, at most so many, that `zlib.compress` made `data` of; raises InputError else."""
    inflater = zlib.decompressobj()
    try:
        # One more than allowed: only then does the end of what is just allowed show.
        raw = inflater.decompress(data, most + 1)
    except zlib.error as error:
        raise InputError(f"the compressed images are damaged: {error}") from None
    if len(raw) > most or not inflater.eof:
        raise InputError(f"the compressed images are damaged: not up to {most} bytes unzipped")
    return raw
