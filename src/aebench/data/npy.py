"""Reads arrays of untrusted .npy files."""

import math
import zipfile
from typing import IO, Literal

import numpy as np

from aebench.core.memory import allocate
from aebench.data.values import NUMBERS

# numpy's kinds of labels and names: numbers or text, no Python objects.
LABELS = NUMBERS + "US"
# Bytes that are unpacked at a time.
BLOCK = 2**24


def read_npy(file: IO[bytes], size: int, kinds: str, header_only: bool = False) -> np.ndarray:
    """Read the array of a `.npy` file of `size` bytes, after checking its header.

    `kinds` are the allowed letters of numpy's `dtype.kind`. With `header_only` all values are 0,
    and take no memory. A file of its own is mapped, not read; one of a ZIP archive is unpacked.
    Raises ValueError for another kind, and for a damaged file, and InputError if there is no room
    to unpack it.
    """
    headers = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
    }
    version = np.lib.format.read_magic(file)
    if version not in headers:
        raise ValueError(f"version {version} of the format; allowed: 1.0, 2.0")
    try:
        shape, fortran, dtype = headers[version](file)
    # A header is a Python literal, whose parser may raise anything.
    except Exception as error:
        raise ValueError(f"damaged header: {error}") from None
    if dtype.kind not in kinds:
        raise ValueError(f"an array of {dtype}; allowed: numbers, no Python objects")
    declared, held = math.prod(shape) * dtype.itemsize, size - file.tell()
    if declared != held or min(shape, default=0) < 1:
        raise ValueError(f"it declares {declared} bytes (shape {shape}) and holds {held}")
    if header_only:
        return np.broadcast_to(np.zeros((), dtype), shape)
    order: Literal["F", "C"] = "F" if fortran else "C"
    if not isinstance(file, zipfile.ZipExtFile):
        return np.memmap(file, dtype, "r", file.tell(), shape, order).view(np.ndarray)
    numbers = allocate((declared,), np.uint8, f"an array of shape {shape}")
    for start in range(0, declared, BLOCK):
        part = numbers[start : start + BLOCK]
        part[:] = np.frombuffer(file.read(len(part)), np.uint8)
    # At its end an archive's checksum is compared.
    if file.read(1):
        raise ValueError("it holds more than it declares")
    return numbers.view(dtype).reshape(shape, order=order)
