"""Prepared data: one file of uint8 images, labels and the part of each image."""

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import Field

from aebench.core.counts import Count
from aebench.core.errors import InputError
from aebench.core.files import atomic_write
from aebench.data.split import TEST, TRAIN, VALIDATION

# C, H, W.
ImageShape = Annotated[list[Count], Field(min_length=3, max_length=3)]
PARTS = {"train": TRAIN, "validation": VALIDATION, "test": TEST}


@dataclass(frozen=True)
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
            digest.update(b"" if array is None else np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()[:16]

    @property
    def image_shape(self) -> list[int]:
        """C, H, W."""
        return list(self.images.shape[1:])

    def part(self, name: str) -> tuple[np.ndarray, np.ndarray | None]:
        """Images and labels of `train`, `validation` or `test`, in the order of the file."""
        chosen = self.split == PARTS[name]
        return self.images[chosen], None if self.labels is None else self.labels[chosen]

    def save(self, path: Path) -> None:
        """Write a safetensors file; the same data give the same bytes."""
        from safetensors.numpy import save_file

        arrays = {"images": self.images, "split": self.split}
        if self.labels is not None:
            arrays["labels"] = self.labels
        arrays = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
        with atomic_write(path) as temporary:
            save_file(arrays, temporary, metadata={"classes": json.dumps(self.classes)})

    @classmethod
    def load(cls, path: Path) -> "Prepared":
        """Read a file of `save`; raises InputError if it is missing or damaged."""
        from safetensors import SafetensorError, safe_open

        if not path.exists():
            raise InputError(path, "no such file; `dvc repro` or `aebench prepare` makes it")
        try:
            with safe_open(path, "numpy") as file:
                arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
                classes = tuple(json.loads(file.metadata()["classes"]))
            return cls(arrays["images"], arrays.get("labels"), arrays["split"], classes)
        except (SafetensorError, TypeError, KeyError, ValueError) as error:
            raise InputError(path, f"damaged ({error}); remove it and run again") from None
