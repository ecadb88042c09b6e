"""Reads arrays of untrusted .npy files."""

import math
from typing import IO

import numpy as np

from aebench.data.own import MAX_BYTES
from aebench.data.values import NUMBERS

# numpy's kinds of labels and names: numbers or text, no Python objects.
LABELS = NUMBERS + "US"


def read_npy(file: IO[bytes], size: int, kinds: str, header_only: bool = False) -> np.ndarray:
    """Read the array of a `.npy` file of `size` bytes, after checking its header.

    `kinds` are the allowed letters of numpy's `dtype.kind`. With `header_only` all values are 0,
    and take no memory. Raises ValueError for another kind, and for a damaged file.
    """
    headers = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
    }
    version = np.lib.format.read_magic(file)
    if version not in headers:
        raise ValueError(f"version {version} of the format; allowed: 1.0, 2.0")
    try:
        shape, _, dtype = headers[version](file)
    # A header is a Python literal, whose parser may raise anything.
    except Exception as error:
        raise ValueError(f"damaged header: {error}") from None
    if dtype.kind not in kinds:
        raise ValueError(f"an array of {dtype}; allowed: numbers, no Python objects")
    declared, held = math.prod(shape) * dtype.itemsize, size - file.tell()
    if declared > MAX_BYTES:
        raise ValueError(f"{declared} bytes (shape {shape}); allowed: up to {MAX_BYTES}")
    if declared != held or min(shape, default=0) < 1:
        raise ValueError(f"it declares {declared} bytes (shape {shape}) and holds {held}")
    if header_only:
        return np.broadcast_to(np.zeros((), dtype), shape)
    file.seek(0)
    return np.lib.format.read_array(file, allow_pickle=False)
