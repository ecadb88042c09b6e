"""IDX, the format of the MNIST files: a magic number, the dimensions, then the bytes."""

import gzip
import math
import zlib
from pathlib import Path

import numpy as np

from aebench.core.errors import InputError

UINT8 = 0x08


def read_idx(path: Path, ndim: int, max_bytes: int) -> np.ndarray:
    """A gzip'ed IDX file as a uint8 array of `ndim` dimensions.

    Never unpacks more than the header declares, nor more than `max_bytes`. Raises InputError for
    an empty, truncated, corrupt, oversized or other file.
    """
    header = 4 + 4 * ndim
    try:
        with gzip.open(path) as file:
            head = file.read(header)
            if not head:
                raise InputError(f"{path}: empty; expected a gzip'ed IDX file")
            if len(head) < header:
                raise InputError(f"{path}: only {len(head)} bytes, shorter than an IDX header")
            if head[:4] != (magic := bytes([0, 0, UINT8, ndim])):
                raise InputError(
                    f"{path}: magic number {head[:4].hex()}; expected {magic.hex()} "
                    f"(IDX, unsigned bytes, {ndim} dimensions)"
                )
            shape = [int.from_bytes(head[i : i + 4], "big") for i in range(4, header, 4)]
            size = math.prod(shape)
            if not 0 < size <= max_bytes:
                raise InputError(
                    f"{path}: declares {size} bytes (shape {shape}); allowed: 1 to {max_bytes}"
                )
            # One byte more than declared: it makes gzip verify its checksum, or betrays a surplus.
            body = file.read(size + 1)
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except EOFError:
        raise InputError(f"{path}: truncated: the gzip stream ends too early") from None
    except (gzip.BadGzipFile, zlib.error, OSError) as error:
        raise InputError(f"{path}: not a readable gzip file: {error}") from None
    if len(body) != size:
        found = f"more than {size}" if len(body) > size else f"only {len(body)}"
        raise InputError(f"{path}: {found} bytes of data; its header declares {size}")
    return np.frombuffer(body, np.uint8).reshape(shape)
