"""Images as a source returns them, before they are split and saved."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from aebench.core.errors import InputError
from aebench.data.classes import MAX_CLASSES

# The report's pictures show so many test images.
FEWEST_TEST = 12
FEWEST_TRAIN = 10
# One more for validation.
FEWEST = FEWEST_TRAIN + 1 + FEWEST_TEST


@dataclass(frozen=True)
class Raw:
    """Images, uint8 N x C x H x W with C 1 or 3, and labels, int64 N or None.

    Labels are indices into `classes`, which is () without labels. `official_test`, bool N or None,
    marks the source's own test images. `notes` are sentences for users of the data, such as on
    images that were left out. Images of one of the `groups`, int64 N or None, come into one part.
    """

    images: np.ndarray
    labels: np.ndarray | None
    official_test: np.ndarray | None
    classes: tuple[str, ...]
    notes: tuple[str, ...] = ()
    groups: np.ndarray | None = None


def check_raw(raw: Any, source: str) -> None:
    """Raise InputError, which names `source`, if its `read()` returned anything but a valid Raw."""
    if not isinstance(raw, Raw):
        mistake: str | None = f"read() returns {type(raw).__name__}; expected Raw"
    else:
        mistake = _of_images(raw) or _of_texts(raw) or _of_labels(raw) or _of_official_test(raw)
        mistake = mistake or _of_groups(raw)
    if mistake:
        raise InputError(f"source '{source}'", mistake)


def _of_images(raw: Raw) -> str | None:
    images = raw.images
    fits = isinstance(images, np.ndarray) and images.dtype == np.uint8 and images.ndim == 4
    if not fits or images.shape[1] not in (1, 3) or 0 in images.shape[2:]:
        return f"images are {_described(images)}; expected uint8 N x C x H x W, C 1 or 3"
    if len(images) < FEWEST:
        return f"{len(images)} images; expected {FEWEST} or more"
    return None


def _of_texts(raw: Raw) -> str | None:
    for name, texts in (("classes", raw.classes), ("notes", raw.notes)):
        if not isinstance(texts, tuple) or not all(isinstance(text, str) for text in texts):
            text = " ".join(repr(texts).split())[:80]
            return f"{name} are {text}; expected a tuple of str"
    return None


def _of_labels(raw: Raw) -> str | None:
    labels, classes = raw.labels, raw.classes
    if labels is None:
        return f"{len(classes)} classes but no labels; expected () as classes" if classes else None
    if not _is_array(labels, np.int64, len(raw.images)):
        return f"labels are {_described(labels)}; expected int64 {len(raw.images)}, or None"
    if len(classes) > MAX_CLASSES:
        return f"{len(classes)} classes; expected up to {MAX_CLASSES}"
    if labels.min() < 0 or labels.max() >= len(classes):
        return (
            f"labels from {labels.min()} to {labels.max()} for {len(classes)} classes; "
            "expected numbers from 0 that are below the number of classes"
        )
    return None


def _of_official_test(raw: Raw) -> str | None:
    mask = raw.official_test
    if mask is None:
        return None
    if not _is_array(mask, np.bool_, len(raw.images)):
        return f"official_test is {_described(mask)}; expected bool {len(raw.images)}, or None"
    if mask.sum() < FEWEST_TEST:
        return f"official_test has {mask.sum()} images; expected {FEWEST_TEST} or more"
    return None


def _of_groups(raw: Raw) -> str | None:
    groups = raw.groups
    if groups is None:
        return None
    if not _is_array(groups, np.int64, len(raw.images)):
        return f"groups are {_described(groups)}; expected int64 {len(raw.images)}, or None"
    if raw.official_test is not None:
        return "groups and official_test; expected one of them"
    return None


def _is_array(value: Any, dtype: type, length: int) -> bool:
    return isinstance(value, np.ndarray) and value.dtype == dtype and value.shape == (length,)


def _described(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"{value.dtype} of shape {value.shape}"
    return f"of type {type(value).__name__}"
