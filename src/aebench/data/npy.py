"""Arrays in numpy's files, of which nobody knows who wrote them."""

import math
from typing import IO

import numpy as np

from aebench.data.own import MAX_BYTES
from aebench.data.values import NUMBERS

# Of labels and names: numbers or text, no Python objects.
LABELS = NUMBERS + "US"


def read_npy(file: IO[bytes], size: int, kinds: str) -> np.ndarray:
    """The array of a `.npy` of `size` bytes. What it declares is checked before it is read.

    `kinds` are numpy's letters. Raises ValueError for what is none, or another.
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
    # A header is Python's syntax, and there is no list of what its parser raises.
    except Exception as error:
        raise ValueError(f"damaged header: {error}") from None
    if dtype.kind not in kinds:
        raise ValueError(f"an array of {dtype}; allowed: numbers, no Python objects")
    declared, held = math.prod(shape) * dtype.itemsize, size - file.tell()
    if declared > MAX_BYTES:
        raise ValueError(f"{declared} bytes (shape {shape}); allowed: up to {MAX_BYTES}")
    if declared != held or min(shape, default=0) < 1:
        raise ValueError(f"it declares {declared} bytes (shape {shape}) and holds {held}")
    file.seek(0)
    return np.lib.format.read_array(file, allow_pickle=False)
