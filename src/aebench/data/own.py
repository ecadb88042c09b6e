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
from aebench.core.memory import allocate
from aebench.data.chunks import chunks
from aebench.data.classes import numbered
from aebench.data.dataset import DataSet
from aebench.data.raw import FEWEST_TEST, FEWEST_TRAIN, Raw
from aebench.data.values import Range

Color = Literal["auto", "grey", "rgb"]
# Most values of an image: a typing error has more, such as a `size` of 100000 x 100000.
MAX_VALUES = 4096 * 4096
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


class OwnData(DataSet):
    """Images at `path`, relative to the project's folder.

    They are scaled to `size`, [height, width]; null: not scaled. `color: auto` means grey if all
    images are grey. `range` are the stored numbers that mean black and white, as in `values.py`.
    `group` says which images belong together, such as patches of one photograph, and come into one
    part: how, subclasses say.
    """

    path: Annotated[str, AfterValidator(_a_path)]
    # In subclasses it also names where labels are.
    labels: str | None = None  # type: ignore[assignment]
    test: Annotated[Count, Field(ge=FEWEST_TEST)]
    size: Size | None = None
    color: Color = "auto"
    range: Range | None = None
    group: str | None = None

    @property
    def location(self) -> Path:
        return Path(self.path).expanduser()

    def is_small(self) -> bool:
        """Whether the files have few bytes."""
        sizes = list(itertools.islice(_sizes(self.location), SMALL_FILES + 1))
        return len(sizes) <= SMALL_FILES and sum(sizes) <= SMALL_BYTES

    def raw(
        self,
        images: np.ndarray,
        names: Sequence[Any] | None,
        notes: Sequence[str] = (),
        groups: Sequence[Any] | None = None,
    ) -> Raw:
        """Build the raw data from images, uint8 N x C x H x W.

        `names` are the images' classes, and `groups` what is equal for images of one group, or
        None. Raises InputError if there are too few images, if they are too large, and for an image
        without a group.
        """
        labels, classes = self.labelled(len(images), names)
        if len(classes) == 1:
            notes = [*notes, f"All images are of one class, {classes[0]}: as if without labels"]
            labels, classes = None, ()
        self.refuse_large(images.shape[1:], self.path)
        numbers = None if groups is None else self._group_numbers(groups)
        return Raw(images, labels, None, classes, tuple(notes), numbers)

    def _group_numbers(self, groups: Sequence[Any]) -> np.ndarray:
        known: dict[Any, int] = {}
        for row, group in enumerate(groups, 1):
            if group is None or group != group:
                raise InputError(f"{self.path}: image {row}", "it has no group")
            known.setdefault(group, len(known))
        return np.array([known[group] for group in groups], np.int64)

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


def channels_first(images: np.ndarray, color: Color) -> np.ndarray:
    """Images, uint8 N x H x W (grey) or N x H x W x 3, as N x C x H x W; a view where it can be."""
    if images.ndim == 3:
        channels = 3 if color == "rgb" else 1
        return np.broadcast_to(images[:, None], (len(images), channels, *images.shape[1:]))
    if color == "rgb" or (color == "auto" and not all(map(is_grey, chunks(images)))):
        return np.moveaxis(images, -1, 1)
    grey = allocate((len(images), 1, *images.shape[1:3]), np.uint8, "images in grey")
    for place, part in zip(chunks(grey), chunks(images), strict=True):
        place[:, 0] = to_grey(part)
    return grey


class ImageStack:
    """Images of one size that are put, one after another, into an array N x C x H x W.

    There is one channel until there is an image in colour.
    """

    def __init__(self, count: int, color: Color, what: str):
        self.count, self.color, self.what = count, color, what
        self.filled = 0
        self.array = np.empty((0, 0, 0, 0), np.uint8)

    def add(self, image: np.ndarray) -> None:
        """Put in a uint8 image, H x W or H x W x 3; one of another size than the first is not."""
        if image.ndim == 3 and (self.color == "grey" or (self.color == "auto" and is_grey(image))):
            image = to_grey(image)
        channels = 3 if image.ndim == 3 or self.color == "rgb" else 1
        if self.filled and image.shape[:2] != self.array.shape[2:]:
            return
        if channels > self.array.shape[1]:
            before = self.array[: self.filled]
            self.array = allocate((self.count, channels, *image.shape[:2]), np.uint8, self.what)
            if len(before):
                self.array[: self.filled] = before
        self.array[self.filled] = image if image.ndim == 2 else np.moveaxis(image, -1, 0)
        self.filled += 1

    def images(self) -> np.ndarray:
        """What has been put in."""
        return self.array[: self.filled]


def to_grey(images: np.ndarray) -> np.ndarray:
    """... x 3 as ...; equal channels stay as they are."""
    return ((images @ LUMA + 2**15) >> 16).astype(np.uint8)


def is_grey(images: np.ndarray) -> bool:
    """Whether all channels, ... x 3, are equal."""
    return bool((images == images[..., :1]).all())
