"""The data card: what a prepared data set holds, in numbers and as a picture."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from aebench.data.prepared import PARTS, Prepared
from aebench.data.scaling import to_unit_range

# Rows of the picture: it would grow without bound with the classes.
MOST_ROWS = 20


def data_card(prepared: Prepared, notes: Sequence[str] = ()) -> dict[str, Any]:
    """Counts a part and class, image shape, and the training pixels' mean and spread in [0, 1].

    The `notes` of the source are in it where there are some.
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
    """Rows of training images, `each` of a class (of the first 20); without labels the first."""
    images, labels = prepared.part("train")
    if labels is None:
        return [images[i : i + each] for i in range(0, 5 * each, each)]
    return [images[labels == label][:each] for label in np.unique(labels)[:MOST_ROWS]]
