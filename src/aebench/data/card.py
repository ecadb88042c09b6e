"""The data card: counts and statistics of a prepared data set, and example images."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from aebench.data.chunks import chunks
from aebench.data.facts import grey_levels
from aebench.data.prepared import PARTS, Prepared

# Rows of the picture, one per class.
MAX_ROWS = 20


def data_card(prepared: Prepared, notes: Sequence[str] = ()) -> dict[str, Any]:
    """Image shape, images per part and class, mean and standard deviation of training pixels,
    and how many grey values there are (`facts.py`).

    Pixels are in [0, 1]. The `notes` of the source are included if there are any.
    """
    mean, sd = _mean_and_sd(prepared.part("train")[0])
    card: dict[str, Any] = {
        "checksum": prepared.checksum,
        "image_shape": prepared.image_shape,
        "pixel_mean": round(mean, 6),
        "pixel_sd": round(sd, 6),
        "levels": grey_levels(prepared.images),
        "images": {part: prepared.count(part) for part in PARTS},
    }
    if prepared.labels is not None:
        card["images_per_class"] = {
            part: {
                name: int(((prepared.split == code) & (prepared.labels == label)).sum())
                for label, name in enumerate(prepared.classes)
            }
            for part, code in PARTS.items()
        }
    if notes:
        card["notes"] = list(notes)
    return card


def examples(prepared: Prepared, each: int = 12) -> list[np.ndarray]:
    """Rows of `each` training images, a row per class (the first 20); without labels 5 rows of
    images from the whole part."""
    images, labels = prepared.part("train")
    if labels is None:
        chosen = spread(len(images), 5 * each)
        return [images[chosen[i : i + each]] for i in range(0, len(chosen), each)]
    firsts = (np.flatnonzero(labels == label)[:each] for label in np.unique(labels)[:MAX_ROWS])
    return [images[chosen] for chosen in firsts]


def spread(length: int, count: int) -> np.ndarray:
    """Up to `count` of the indices below `length`, from the first on, as far apart as they can be.

    Files often lie class by class, so that the first images would all be of one.
    """
    count = min(count, length)
    return np.arange(count) * length // max(1, count)


def _mean_and_sd(images: np.ndarray) -> tuple[float, float]:
    """Of all pixels of uint8 images, in [0, 1]; from sums of whole numbers, exact in any order."""
    total = squares = 0
    for part in chunks(images):
        pixels = part.reshape(-1).astype(np.float64)
        total += int(pixels.sum())
        squares += int(pixels @ pixels)
    mean = total / images.size
    variance = (images.size * squares - total**2) / images.size**2
    return mean / 255, math.sqrt(variance) / 255
