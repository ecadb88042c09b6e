"""The data card: counts and statistics of a prepared data set, and example images."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from aebench.data.prepared import PARTS, Prepared
from aebench.data.scaling import to_unit_range

# Rows of the picture, one per class.
MAX_ROWS = 20


def data_card(prepared: Prepared, notes: Sequence[str] = ()) -> dict[str, Any]:
    """Image shape, images per part and class, mean and standard deviation of training pixels.

    Pixels are in [0, 1]. The `notes` of the source are included if there are any.
    """
    train = to_unit_range(prepared.part("train")[0])
    card: dict[str, Any] = {
        "checksum": prepared.checksum,
        "image_shape": prepared.image_shape,
        "pixel_mean": round(float(train.mean()), 6),
        "pixel_sd": round(float(train.std()), 6),
        "images": {part: int((prepared.split == code).sum()) for part, code in PARTS.items()},
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
    """Rows of `each` training images, a row per class (the first 20); without labels 5 rows."""
    images, labels = prepared.part("train")
    if labels is None:
        return [images[i : i + each] for i in range(0, 5 * each, each)]
    return [images[labels == label][:each] for label in np.unique(labels)[:MAX_ROWS]]
