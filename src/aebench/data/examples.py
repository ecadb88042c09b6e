"""What a training sees of the prepared data: images, and their labels where a model needs them."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor, nn

from aebench.core.errors import InputError
from aebench.data.prepared import PARTS, Prepared


def without(prepared: Prepared, labels: Sequence[int]) -> Prepared:
    """The data without the images that have one of these labels.

    Raises InputError where there are no labels, or no such one, or where nothing would be left.
    """
    if not labels:
        return prepared
    if prepared.labels is None:
        raise InputError("training.without: it needs labels, and these data have none")
    for label in labels:
        if label not in prepared.labels:
            there = ", ".join(map(str, np.unique(prepared.labels)))
            raise InputError(f"training.without: no image has the label {label}; allowed: {there}")
    stays = ~np.isin(prepared.labels, labels)
    for name, part in PARTS.items():
        if not (prepared.split[stays] == part).any():
            raise InputError(f"training.without: no {name} image would be left; allowed: fewer")
    return replace(
        prepared,
        images=prepared.images[stays],
        labels=prepared.labels[stays],
        split=prepared.split[stays],
    )


def examples(prepared: Prepared, part: str, model: nn.Module) -> Tensor:
    """The images of a part, uint8 N x C x H x W; for a model with `classes` rows with a label.

    A row holds an image's pixels and, as one byte more, its label: N x (pixels + 1). Whatever cuts
    and shuffles images then serves labelled ones, too. Raises InputError where labels are missing
    or are more than the model's classes.
    """
    images, labels = prepared.part(part)
    classes = getattr(model, "classes", None)
    if classes is None:
        return torch.from_numpy(images)
    if labels is None:
        raise InputError("model: it needs labels, and these data have none")
    if labels.max() >= classes:
        raise InputError(
            f"model.classes: {classes} is not allowed; allowed: {labels.max() + 1} or more, "
            "which the data have"
        )
    rows = np.concatenate([images.reshape(len(images), -1), labels[:, None].astype(np.uint8)], 1)
    return torch.from_numpy(rows)


def split(rows: Tensor, image_shape: tuple[int, ...]) -> tuple[Tensor, Tensor]:
    """The images N x C x H x W and labels N, int64, of such rows, uint8 or divided by 255."""
    pixels, labels = rows[:, :-1], rows[:, -1]
    if rows.is_floating_point():
        labels = (labels * 255).round()
    return pixels.unflatten(1, image_shape), labels.long()
