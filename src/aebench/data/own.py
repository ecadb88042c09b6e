"""Data sets of people's own: what a folder, an array file and a table have in common."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import Field, PositiveInt

from aebench.core.errors import InputError
from aebench.data.classes import numbered
from aebench.data.dataset import DataSet
from aebench.data.raw import FEWEST_TEST, FEWEST_TRAIN, Raw

Size = Annotated[list[PositiveInt], Field(min_length=2, max_length=2)]
Color = Literal["auto", "grey", "rgb"]
# Of everything that is read, in memory: what declares more is refused before it is unpacked.
MAX_BYTES = 2**32
# Of an image: PCA, the yardstick, has a covariance of as many rows and columns, here 2 GiB.
MAX_VALUES = 128 * 128
# Pillow's weights for red, green and blue (ITU-R 601-2), in 65536ths.
LUMA = np.array([19595, 38470, 7471], np.uint32)


class OwnData(DataSet):
    """`path` is relative to the project's folder.

    `size` is [height, width]; null: as the images are. `color` auto means grey where every image
    is grey.
    """

    path: str
    test: Annotated[int, Field(ge=FEWEST_TEST)]
    size: Size | None = None
    color: Color = "auto"

    @property
    def location(self) -> Path:
        return Path(self.path).expanduser()

    def raw(
        self, images: Sequence[np.ndarray], names: Sequence | None, notes: Sequence[str] = ()
    ) -> Raw:
        """Grey images H x W and colour images H x W x 3, all of one size, with their classes.

        `names` has an image's class, null: they have none. Raises InputError for too few or
        too large ones.
        """
        left = len(images) - self.validation - self.test
        if left < FEWEST_TRAIN:
            raise InputError(
                f"{self.path}: {len(images)} images, of which validation ({self.validation}) and "
                f"test ({self.test}) leave {max(left, 0)} to train on; allowed: {FEWEST_TRAIN} or "
                "more"
            )
        labels, classes = None, ()
        if names is not None:
            labels, classes = numbered(names, self.path)
            if len(classes) == 1:
                notes = [*notes, f"All images are of one class, {classes[0]}: as if without labels"]
                labels, classes = None, ()
        stack = stacked(images, self.color)
        self.refuse_large(stack.shape[1:], self.path)
        return Raw(stack, labels, None, classes, tuple(notes))

    def refuse_large(self, shape: Sequence[int], which: str) -> None:
        """Raises InputError for an image whose sides and channels make too many values."""
        if math.prod(shape) > MAX_VALUES:
            raise InputError(
                f"{which}: {' x '.join(map(str, shape))} values; allowed: up to {MAX_VALUES}; "
                "`size: [HEIGHT, WIDTH]` scales image files and arrays with sides"
            )


def stacked(images: Sequence[np.ndarray], color: Color) -> np.ndarray:
    """N x C x H x W of images uint8 H x W (grey) or H x W x 3, all of one height and width."""
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
