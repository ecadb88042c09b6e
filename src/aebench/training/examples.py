"""What a training sees of the prepared data: images, and their labels where a model needs them."""

import numpy as np
import torch
from torch import Tensor, nn

from aebench.data.prepared import Prepared
from aebench.errors import InputError


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
