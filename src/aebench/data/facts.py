"""What the choice of a recipe knows of prepared data: their shape, number and grey values."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import Any, Self

import numpy as np

from aebench.core import paths
from aebench.data.chunks import chunks
from aebench.data.prepared import Prepared

GREY = 256
# More values than these are taken for all 256, of which some happen not to occur.
MOST_LEVELS = 64


@dataclass(frozen=True)
class Facts:
    """`image_shape`: C, H, W; `images`: to train on; `levels`: evenly spaced values of a pixel."""

    image_shape: tuple[int, ...]
    images: int
    levels: int

    @classmethod
    def of(cls, prepared: Prepared) -> Self:
        levels = grey_levels(prepared.images)
        return cls(tuple(prepared.image_shape), prepared.count("train"), levels)

    @classmethod
    def of_set(cls, dataset: str) -> Self:
        """Of a data set of params.yaml. Raises InputError where it is not prepared."""
        return cls.of(Prepared.load(paths.prepared(dataset)))

    @classmethod
    def of_card(cls, card: Mapping[str, Any]) -> Self:
        """Of a data card (`data/card.py`)."""
        return cls(tuple(card["image_shape"]), card["images"]["train"], card["levels"])

    @property
    def values(self) -> int:
        """Numbers of an image."""
        return prod(self.image_shape)

    @property
    def colour(self) -> bool:
        return self.image_shape[0] == 3


def grey_levels(images: np.ndarray) -> int:
    """The least L whose evenly spaced values, round(255 k / (L - 1)), are all that uint8 images
    have; 256 if that is more than 64."""
    counts = np.zeros(GREY, np.int64)
    for part in chunks(images):
        counts += np.bincount(part.reshape(-1), minlength=GREY)
    used = np.flatnonzero(counts)
    for levels in range(2, MOST_LEVELS + 1):
        values = np.rint(np.arange(levels) * 255 / (levels - 1))
        if np.isin(used, values).all():
            return levels
    return GREY
