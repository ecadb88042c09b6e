"""The prepared data as a model takes them: images, or rows of pixels and a label."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor, nn

from aebench.core.errors import InputError
from aebench.core.memory import allocate
from aebench.data.chunks import chunks, rows
from aebench.data.prepared import PARTS, Prepared


def without(prepared: Prepared, labels: Sequence[int]) -> Prepared:
    """The data without the images of these labels.

    Raises InputError if the data have no labels or not these, or if a part would be empty.
    """
    if not labels:
        return prepared
    if prepared.labels is None:
        raise InputError("training.without", "it needs labels, and these data have none")
    for label in labels:
        if label not in prepared.labels:
            known = ", ".join(map(str, np.unique(prepared.labels)))
            raise InputError("training.without", f"no image has the label {label}", known)
    remaining = ~np.isin(prepared.labels, labels)
    for name, part in PARTS.items():
        if prepared.count(name) and not (prepared.split[remaining] == part).any():
            raise InputError("training.without", f"no {name} image would be left", "fewer")
    return replace(
        prepared,
        images=rows(prepared.images, np.flatnonzero(remaining)),
        labels=prepared.labels[remaining],
        split=prepared.split[remaining],
    )


def examples(prepared: Prepared, part: str, model: nn.Module, limit: int | None = None) -> Tensor:
    """The images of a part, uint8 N x C x H x W; for a model with `classes`, rows with labels.

    At most `limit` of them, the first ones.

    A row, N x (pixels + 1), is an image's pixels and its label as one more byte, so that code that
    shuffles and batches images works for both. Raises InputError if labels are missing or exceed
    the model's classes.
    """
    images, labels = prepared.part(part)
    classes = getattr(model, "classes", None)
    if classes is None:
        return torch.from_numpy(images[:limit])
    if labels is None:
        raise InputError("model", "it needs labels, and these data have none")
    if labels.max(initial=0) >= classes:
        raise InputError(
            "model.classes",
            f"{classes} is not allowed",
            f"{labels.max() + 1} or more, which the data have",
        )
    images, labels = images[:limit], labels[:limit]
    joined = allocate(
        (len(images), math.prod(images.shape[1:]) + 1), np.uint8, f"{part} images with labels"
    )
    # Of equally many rows.
    for place, pixels in zip(chunks(joined[:, :-1]), chunks(images), strict=True):
        place[:] = pixels.reshape(len(pixels), -1)
    joined[:, -1] = labels
    return torch.from_numpy(joined)


def split(rows: Tensor, image_shape: tuple[int, ...]) -> tuple[Tensor, Tensor]:
    """The images N x C x H x W and labels N, int64, of rows, uint8 or divided by 255."""
    pixels, labels = rows[:, :-1], rows[:, -1]
    if rows.is_floating_point():
        labels = (labels * 255).round()
    return pixels.unflatten(1, image_shape), labels.long()
