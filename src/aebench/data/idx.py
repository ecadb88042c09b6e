"""IDX, the format of the MNIST files: a magic number, the dimensions, then the bytes."""

import gzip
import math
import zlib
from pathlib import Path

import numpy as np

from aebench.core.errors import InputError

UINT8 = 0x08


def read_idx(path: Path, ndim: int, max_bytes: int) -> np.ndarray:
    """Read a gzip'ed IDX file as a uint8 array of `ndim` dimensions.

    Never unpacks more than the header declares, nor more than `max_bytes`. Raises InputError for
    an empty, truncated, corrupt or oversized file, or one of another format.
    """
    header = 4 + 4 * ndim
    try:
        with gzip.open(path) as file:
            head = file.read(header)
            if not head:
                raise InputError(path, "empty; expected a gzip'ed IDX file")
            if len(head) < header:
                raise InputError(path, f"only {len(head)} bytes, shorter than an IDX header")
            if head[:4] != (magic := bytes([0, 0, UINT8, ndim])):
                raise InputError(
                    path,
                    f"magic number {head[:4].hex()}; expected {magic.hex()} "
                    f"(IDX, unsigned bytes, {ndim} dimensions)",
                )
            shape = [int.from_bytes(head[i : i + 4], "big") for i in range(4, header, 4)]
            size = math.prod(shape)
            if not 0 < size <= max_bytes:
                raise InputError(
                    path, f"declares {size} bytes (shape {shape})", f"1 to {max_bytes}"
                )
            # One byte more than declared makes gzip verify its checksum, or shows a surplus.
            body = file.read(size + 1)
    except FileNotFoundError:
        raise InputError(path, "no such file") from None
    except EOFError:
        raise InputError(path, "truncated: the gzip stream ends too early") from None
    except (gzip.BadGzipFile, zlib.error, OSError) as error:
        raise InputError(path, f"not a readable gzip file: {error}") from None
    if len(body) != size:
        length = f"more than {size}" if len(body) > size else f"only {len(body)}"
        raise InputError(path, f"{length} bytes of data; its header declares {size}")
    return np.frombuffer(body, np.uint8).reshape(shape)
