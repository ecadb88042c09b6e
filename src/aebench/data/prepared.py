"""Prepared data: one file of uint8 images, labels and the part of each image."""

import hashlib
import json
import math
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import Field

from aebench.core.counts import Count
from aebench.core.errors import InputError
from aebench.core.files import atomic_write
from aebench.core.memory import fits, mapped
from aebench.data.chunks import chunk_length, chunks, rows
from aebench.data.split import TEST, TRAIN, VALIDATION

# C, H, W.
ImageShape = Annotated[list[Count], Field(min_length=3, max_length=3)]
PARTS = {"train": TRAIN, "validation": VALIDATION, "test": TEST}
# Bytes of images beyond which data are large. No version took more before there was a difference.
LARGE = 2**32
# safetensors' names of types.
TYPES = {"int64": "I64", "uint8": "U8"}


# Compared and hashed by identity: arrays of gigabytes are.
@dataclass(frozen=True, eq=False)
class Prepared:
    """Images uint8 N x C x H x W, labels int64 N or None, `split` uint8 N (see `split.py`)."""

    images: np.ndarray
    labels: np.ndarray | None
    split: np.ndarray
    classes: tuple[str, ...]

    @cached_property
    def checksum(self) -> str:
        """16 hex digits of the SHA-256 of images, labels and split."""
        digest = hashlib.sha256(repr(self.images.shape).encode())
        for array in (self.images, self.labels, self.split):
            for part in () if array is None else chunks(array):
                digest.update(np.ascontiguousarray(part).data)
        return digest.hexdigest()[:16]

    @property
    def image_shape(self) -> list[int]:
        """C, H, W."""
        return list(self.images.shape[1:])

    @property
    def large(self) -> bool:
        """Whether the images have more than 4 GiB, whatever the memory."""
        return self.images.nbytes > LARGE

    def part(self, name: str) -> tuple[np.ndarray, np.ndarray | None]:
        """Images and labels of `train`, `validation` or `test`, in the order of the file."""
        chosen = np.flatnonzero(self.split == PARTS[name])
        return rows(self.images, chosen), None if self.labels is None else self.labels[chosen]

    def count(self, name: str) -> int:
        """The number of images of a part."""
        return int((self.split == PARTS[name]).sum())

    def save(self, path: Path) -> None:
        """Write a safetensors file; the same data give the same bytes.

        Large data are sorted by part, so that a part can be read from a mapped file as it lies
        there.
        """
        order = np.argsort(self.split, kind="stable") if self.large else np.arange(len(self.split))
        arrays = {"images": self.images, "split": self.split}
        if self.labels is not None:
            # Those of the widest type first, as safetensors' own writer, which takes bytes only.
            arrays = {"labels": self.labels, **arrays}
        with atomic_write(path) as temporary, temporary.open("wb") as file:
            file.write(_header(arrays, {"classes": json.dumps(self.classes)}))
            for array in arrays.values():
                step = chunk_length(array)
                for start in range(0, len(order), step):
                    part = rows(array, order[start : start + step])
                    file.write(np.ascontiguousarray(part).data)

    @classmethod
    def load(cls, path: Path) -> "Prepared":
        """Read a file of `save`; raises InputError if it is missing or damaged.

        Images that would take much of the free memory stay in the file, mapped.
        """
        from safetensors import SafetensorError, safe_open

        if not path.exists():
            raise InputError(path, "no such file; `dvc repro` or `aebench prepare` makes it")
        try:
            with safe_open(path, "numpy") as file:
                small = [name for name in file.keys() if name != "images"]  # noqa: SIM118
                arrays = {name: file.get_tensor(name) for name in small}
                classes = tuple(json.loads(file.metadata()["classes"]))
            images = _mapped(path, "images")
            images = images.copy() if fits(images.nbytes) else images
            return cls(images, arrays.get("labels"), arrays["split"], classes)
        except (SafetensorError, TypeError, KeyError, ValueError) as error:
            raise InputError(path, f"damaged ({error}); remove it and run again") from None


def _header(arrays: dict[str, np.ndarray], metadata: dict[str, str]) -> bytes:
    """The beginning of a safetensors file of these arrays, in this order."""
    entries: dict[str, object] = {"__metadata__": metadata}
    end = 0
    for name, array in arrays.items():
        start, end = end, end + array.nbytes
        kind = TYPES[array.dtype.name]
        entries[name] = {"dtype": kind, "shape": array.shape, "data_offsets": (start, end)}
    text = json.dumps(entries, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text


def _mapped(path: Path, name: str) -> np.ndarray:
    """The uint8 array of this name in an intact safetensors file, without reading it."""
    content = mapped(path)
    length = int.from_bytes(content[:8], "little")
    entry = json.loads(content[8 : 8 + length])[name]
    (start, end), shape = entry["data_offsets"], tuple(entry["shape"])
    if entry["dtype"] != TYPES["uint8"] or not math.prod(shape) == end - start > 0:
        raise ValueError(f"its images are {entry['dtype']} of shape {shape}")
    return np.frombuffer(content, np.uint8, end - start, 8 + length + start).reshape(shape)
