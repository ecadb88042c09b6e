"""Source `array`: images in a numpy file, `.npz` or `.npy`."""

import contextlib
import os
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any, BinaryIO, Literal

import numpy as np

from aebench.core.errors import InputError
from aebench.core.files import open_regular
from aebench.core.progress import bar
from aebench.data.folder import listed
from aebench.data.image_file import resized
from aebench.data.npy import LABELS, read_npy
from aebench.data.own import NO_LABELS, ImageStack, OwnData, channels_first
from aebench.data.raw import Raw
from aebench.data.values import NUMBERS, Layout, as_images, to_uint8, unflattened


class ArrayFile(OwnData):
    """An array N x H x W, N x H x W x C, N x C x H x W, or N x pixels, reshaped to `size`.

    `images` and `labels` name arrays of an `.npz`; null: the array `images` or the only one, and
    the array `labels` if it exists. With `labels: none` there are no labels. `group` names an array
    of numbers or texts; images of equal ones belong together. `layout` as in `values.py`.
    """

    source: Literal["array"]
    images: str | None = None
    layout: Layout | None = None

    def read(self) -> Raw:
        """Read the file; raises InputError also if it is damaged or its arrays do not fit."""
        arrays, names, groups = self._read()
        pixels, notes = to_uint8(arrays, self.range, self.path)
        return self.raw(self._scaled(pixels), names, notes, groups)

    def check(self) -> None:
        """Raise InputError for what the headers of the arrays and the labels show to be wrong."""
        arrays, names, _ = self._read(header_only=True)
        self.labelled(len(arrays), names)

    def _read(
        self, header_only: bool = False
    ) -> tuple[np.ndarray, list[Any] | None, list[Any] | None]:
        """Numbers, N x H x W or N x H x W x 3, and the names of classes and groups."""
        values, labels, groups = self._arrays(header_only)
        where = self.path
        if values.ndim == 2:
            arrays = unflattened(values, self.size, self.layout, where)
        else:
            arrays = as_images(values, self.layout, where)
        self.refuse_large(self.size or arrays.shape[1:3], where)
        for what, texts in (("labels", labels), ("groups", groups)):
            if texts is not None and texts.size != len(arrays):
                raise InputError(
                    where, f"{what} of shape {texts.shape} for {len(arrays)} images", "one an image"
                )
        names = None if labels is None else labels.ravel().tolist()
        return arrays, names, None if groups is None else groups.ravel().tolist()

    def _scaled(self, arrays: np.ndarray) -> np.ndarray:
        """N x C x H x W, of `size` if there is one."""
        if self.size is None or list(arrays.shape[1:3]) == self.size:
            return channels_first(arrays, self.color)
        from PIL import Image

        stack = ImageStack(len(arrays), self.color, self.path)
        for array in bar(arrays, desc=f"scaling {self.path}", unit="image", delay=1, leave=False):
            stack.add(np.asarray(resized(Image.fromarray(array), self.size)))
        return stack.images()

    def _arrays(self, header_only: bool) -> tuple[np.ndarray, np.ndarray | None, np.ndarray | None]:
        path = self.location
        if path.suffix.lower() not in (".npy", ".npz"):
            raise InputError(self.path, allowed="a file named .npz or .npy")
        with _input_errors(self.path), open_regular(path) as file:
            if path.suffix.lower() == ".npz":
                return self._unzipped(file, header_only)
            if self.images or self.group or self.labels not in (None, NO_LABELS):
                raise InputError(self.path, "`images`, `labels`, `group` name arrays of an .npz")
            return read_npy(file, os.fstat(file.fileno()).st_size, NUMBERS, header_only), None, None

    def _unzipped(
        self, file: BinaryIO, header_only: bool
    ) -> tuple[np.ndarray, np.ndarray | None, np.ndarray | None]:
        with zipfile.ZipFile(file) as archive:
            members = {info.filename.removesuffix(".npy"): info for info in archive.infolist()}

            def array(name: str, kinds: str, header_only: bool = False) -> np.ndarray:
                if name not in members:
                    raise InputError(self.path, f"no array '{name}'", listed(list(members)))
                with archive.open(members[name]) as file:
                    return read_npy(file, members[name].file_size, kinds, header_only)

            present = "labels" if "labels" in members else None
            labels = self.labels if self.labels not in (None, NO_LABELS) else present
            groups = array(self.group, LABELS) if self.group else None
            others = [name for name in members if name not in (labels, self.group)]
            default = others[0] if len(others) == 1 else "images"
            images = array(self.images or default, NUMBERS, header_only)
            if labels is None or self.labels == NO_LABELS:
                return images, None, groups
            return images, array(labels, LABELS), groups


@contextlib.contextmanager
def _input_errors(where: str) -> Iterator[None]:
    """Turn errors of numpy and zipfile about an invalid file into InputError."""
    try:
        yield
    except FileNotFoundError:
        raise InputError(where, "no such file") from None
    except (ValueError, OSError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error) as error:
        text = " ".join((getattr(error, "strerror", None) or str(error)).split())[:200]
        raise InputError(where, f"not a readable array file: {text}") from None
