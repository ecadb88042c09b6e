"""Source `array`: images in a numpy file, `.npz` or `.npy`."""

import contextlib
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import numpy as np

from aebench.core.errors import InputError
from aebench.data.image_file import resized
from aebench.data.npy import LABELS, read_npy
from aebench.data.own import OwnData
from aebench.data.raw import Raw
from aebench.data.values import NUMBERS, Layout, Range, as_images, to_uint8, unflattened


class ArrayFile(OwnData):
    """An array N x H x W, N x H x W x C, N x C x H x W, or N x pixels, reshaped to `size`.

    `images` and `labels` name arrays of an `.npz`; null: the array `images` or the only one, and
    the array `labels` if it exists. `layout` and `range` as in `values.py`.
    """

    source: Literal["array"]
    images: str | None = None
    labels: str | None = None
    layout: Layout | None = None
    range: Range | None = None

    def read(self) -> Raw:
        """Read the file; raises InputError also if it is damaged or its arrays do not fit."""
        values, labels = self._arrays()
        where = self.path
        if values.ndim == 2:
            arrays = unflattened(values, self.size, self.layout, where)
        else:
            arrays = as_images(values, self.layout, where)
        self.refuse_large(self.size or arrays.shape[1:3], where)
        if labels is not None and labels.size != len(arrays):
            raise InputError(
                where, f"labels of shape {labels.shape} for {len(arrays)} images", "one an image"
            )
        names = None if labels is None else labels.ravel().tolist()
        pixels, notes = to_uint8(arrays, self.range, where)
        return self.raw(self._scaled(pixels), names, notes)

    def _scaled(self, arrays: np.ndarray) -> np.ndarray | list[np.ndarray]:
        if self.size is None or list(arrays.shape[1:3]) == self.size:
            return arrays
        from PIL import Image

        return [np.asarray(resized(Image.fromarray(array), self.size)) for array in arrays]

    def _arrays(self) -> tuple[np.ndarray, np.ndarray | None]:
        path = self.location
        if path.suffix.lower() not in (".npy", ".npz"):
            raise InputError(self.path, allowed="a file named .npz or .npy")
        if not path.is_file():
            raise InputError(self.path, "no such file")
        with _input_errors(self.path):
            if path.suffix.lower() == ".npz":
                return self._unzipped(path)
            if self.images or self.labels:
                raise InputError(self.path, "`images` and `labels` name arrays of an .npz")
            with path.open("rb") as file:
                return read_npy(file, path.stat().st_size, NUMBERS), None

    def _unzipped(self, path: Path) -> tuple[np.ndarray, np.ndarray | None]:
        with zipfile.ZipFile(path) as archive:
            members = {info.filename.removesuffix(".npy"): info for info in archive.infolist()}

            def array(name: str, kinds: str) -> np.ndarray:
                if name not in members:
                    raise InputError(self.path, f"no array '{name}'", ", ".join(members))
                with archive.open(members[name]) as file:
                    return read_npy(file, members[name].file_size, kinds)

            labels = self.labels or ("labels" if "labels" in members else None)
            others = [name for name in members if name != labels]
            default = others[0] if len(others) == 1 else "images"
            images = array(self.images or default, NUMBERS)
            return images, array(labels, LABELS) if labels else None


@contextlib.contextmanager
def _input_errors(where: str) -> Iterator[None]:
    """Turn errors of numpy and zipfile about an invalid file into InputError."""
    try:
        yield
    except (ValueError, OSError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error) as error:
        text = " ".join(str(error).split())[:200]
        raise InputError(where, f"not a readable array file: {text}") from None
