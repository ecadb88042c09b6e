"""The error of the simplest reconstruction, the mean training image."""

import numpy as np

from aebench.data.chunks import chunks
from aebench.data.scaling import mean_image, to_unit_range


def mean_image_error(train: np.ndarray, images: np.ndarray) -> float:
    """The squared error of the mean of `train`, summed over pixels in [0, 1], a mean over `images`.

    Both are uint8, N x C x H x W.
    """
    mean = mean_image(train)
    errors = [np.square(to_unit_range(part) - mean).sum() for part in chunks(images)]
    return float(sum(errors)) / len(images)
