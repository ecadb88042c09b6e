"""Pixels of NumPy images between uint8 and floats in [0, 1]; `pixels` does it for tensors."""

import numpy as np


def to_unit_range(images: np.ndarray) -> np.ndarray:
    """uint8 images as float64 in [0, 1]; float images stay as they are."""
    return images / 255 if images.dtype == np.uint8 else images


def to_uint8(images: np.ndarray) -> np.ndarray:
    """Float images as uint8, clipped to [0, 1] and rounded."""
    return np.rint(images.clip(0, 1) * 255).astype(np.uint8)
