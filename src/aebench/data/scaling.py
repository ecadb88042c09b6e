"""Pixels of NumPy images between uint8 and floats in [0, 1]; `pixels` does it for tensors."""

import numpy as np

from aebench.core.memory import allocate
from aebench.data.chunks import chunks


def to_unit_range(images: np.ndarray) -> np.ndarray:
    """uint8 images as float64 in [0, 1]; float images stay as they are."""
    if images.dtype != np.uint8:
        return images
    return np.divide(images, 255, out=allocate(images.shape, np.float64, "images as numbers"))


def mean_image(images: np.ndarray) -> np.ndarray:
    """The mean of images N x ... in [0, 1], uint8 or float; exact for uint8."""
    return mean_of(images) / (255 if images.dtype == np.uint8 else 1)


def mean_of(images: np.ndarray) -> np.ndarray:
    """The mean of images N x ... in their own units, float64; exact for uint8."""
    kind = np.uint64 if images.dtype == np.uint8 else np.float64
    total = np.zeros(images.shape[1:], kind)
    for part in chunks(images):
        total += part.sum(0, dtype=kind)
    return total / len(images)


def to_uint8(images: np.ndarray) -> np.ndarray:
    """Float images as uint8, clipped to [0, 1] and rounded."""
    return np.rint(images.clip(0, 1) * 255).astype(np.uint8)
