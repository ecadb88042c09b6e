"""The base class of users' own data: a folder of images, an array file or a table."""

import itertools
import math
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import AfterValidator, Field

from aebench.core.counts import Count
from aebench.core.errors import InputError
from aebench.data.classes import numbered
from aebench.data.dataset import DataSet
from aebench.data.raw import FEWEST_TEST, FEWEST_TRAIN, Raw
from aebench.data.values import Range

Color = Literal["auto", "grey", "rgb"]
# Most bytes of pixels in memory; larger data are rejected before they are unpacked.
MAX_BYTES = 2**32
# Most values of an image: the covariance of PCA, a baseline, is a square matrix of them, 2 GiB.
MAX_VALUES = 128 * 128
# Up to so many bytes and files `aebench check` reads, which takes a second or two.
SMALL_BYTES, SMALL_FILES = 2**25, 5000
NO_LABELS = "none"


def _a_path(text: str) -> str:
    if "\0" in text:
        raise ValueError(f"{text!r} is not allowed; allowed: a path, without a zero byte")
    return text


def _not_too_large(size: list[int]) -> list[int]:
    if math.prod(size) > MAX_VALUES:
        raise ValueError(f"{' x '.join(map(str, size))} values; allowed: up to {MAX_VALUES}")
    return size


Size = Annotated[list[Count], Field(min_length=2, max_length=2), AfterValidator(_not_too_large)]
# Pillow's weights for red, green and blue (ITU-R 601-2), in 65536ths.
LUMA = np.array([19595, 38470, 7471], np.uint32)


# An array N x H x W or N x H x W x 3, or a sequence of arrays H x W or H x W x 3.
Images = np.ndarray | Sequence[np.ndarray]


class OwnData(DataSet):
    """Images at `path`, relative to the project's folder.

    They are scaled to `size`, [height, width]; null: not scaled. `color: auto` means grey if all
    images are grey. `range` are the stored numbers that mean black and white, as in `values.py`.
    """

    path: Annotated[str, AfterValidator(_a_path)]
    # In subclasses it also names where labels are.
    labels: str | None = None  # type: ignore[assignment]
    test: Annotated[Count, Field(ge=FEWEST_TEST)]
    size: Size | None = None
    color: Color = "auto"
    range: Range | None = None

    @property
    def location(self) -> Path:
        return Path(self.path).expanduser()

    def is_small(self) -> bool:
        """Whether the files have few bytes."""
        sizes = list(itertools.islice(_sizes(self.location), SMALL_FILES + 1))
        return len(sizes) <= SMALL_FILES and sum(sizes) <= SMALL_BYTES

    def raw(self, images: Images, names: Sequence[Any] | None, notes: Sequence[str] = ()) -> Raw:
        """Build the raw data from grey images, H x W, and colour images, H x W x 3, of one size.

        `names` are the images' classes, or None. Raises InputError if there are too few images or
        if they are too large.
        """
        labels, classes = self.labelled(len(images), names)
        if len(classes) == 1:
            notes = [*notes, f"All images are of one class, {classes[0]}: as if without labels"]
            labels, classes = None, ()
        stack = stacked(images, self.color)
        self.refuse_large(stack.shape[1:], self.path)
        return Raw(stack, labels, None, classes, tuple(notes))

    def labelled(
        self, count: int, names: Sequence[Any] | None
    ) -> tuple[np.ndarray | None, tuple[str, ...]]:
        """Labels and classes of `count` images from the names of their classes.

        Raises InputError if there are too few images or too many classes.
        """
        left = count - self.validation - self.test
        if left < FEWEST_TRAIN:
            raise InputError(
                self.path,
                f"{count} images, of which validation ({self.validation}) and "
                f"test ({self.test}) leave {max(left, 0)} to train on",
                f"{FEWEST_TRAIN} or more",
            )
        return (None, ()) if names is None else numbered(names, self.path)

    def refuse_large(self, shape: Sequence[int], which: str) -> None:
        """Raise InputError, which begins with `which`, for an image with too many values."""
        if math.prod(shape) > MAX_VALUES:
            raise InputError(
                which,
                f"{' x '.join(map(str, shape))} values",
                f"up to {MAX_VALUES}; "
                "`size: [HEIGHT, WIDTH]` scales image files and arrays with sides",
            )


def _sizes(path: Path) -> Iterator[int]:
    """Bytes of a file, or of each file below a folder."""
    if not os.path.isdir(path):
        yield os.path.getsize(path) if os.path.isfile(path) else 0
        return
    for here, _, names in os.walk(path):
        files = (os.path.join(here, name) for name in names)
        yield from (os.path.getsize(file) for file in files if os.path.isfile(file))


def stacked(images: Images, color: Color) -> np.ndarray:
    """Images, uint8 H x W (grey) or H x W x 3 of one size, as an array N x C x H x W."""
    colored = color == "rgb" or (color == "auto" and not all(map(_grey, images)))
    stack = np.empty((len(images), 3 if colored else 1, *images[0].shape[:2]), np.uint8)
    for place, image in zip(stack, images, strict=True):
        if image.ndim == 2:
            place[:] = image
        elif colored:
            place[:] = np.moveaxis(image, -1, 0)
        else:
            place[:] = (image @ LUMA + 2**15) >> 16
    return stack


def _grey(image: np.ndarray) -> bool:
    return image.ndim == 2 or bool((image == image[..., :1]).all())
