"""Images as compressed files: how large these are, and what is read back."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Files:
    """The size of each file in bytes, and the images, uint8 N x C x H x W, that are read back.

    `model_bytes`: what both sides must have beforehand, in bytes.
    """

    sizes: list[int]
    images: np.ndarray
    model_bytes: int = 0

    @property
    def bits_per_pixel(self) -> float:
        """Of all files, a number of the images: a colour pixel has three."""
        return 8 * sum(self.sizes) / self.images.size


def by_streams(
    images: np.ndarray,
    whole: bool,
    compress: Callable[[bytes], bytes],
    decompress: Callable[[bytes], bytes],
) -> Files:
    """The bytes of uint8 images as one file (`whole`), or as a file each."""
    parts = [images] if whole else images
    files = [compress(part.tobytes()) for part in parts]
    back = b"".join(map(decompress, files))
    return Files([len(file) for file in files], np.frombuffer(back, np.uint8).reshape(images.shape))


def packed(images: np.ndarray) -> np.ndarray:
    """Black-and-white images as bytes of 8 pixels each: uint8 N x 1 x 1 x bytes."""
    return np.packbits(images.reshape(len(images), -1) > 127, axis=1)[:, None, None]


def unpacked(bits: np.ndarray, image_shape: tuple[int, ...]) -> np.ndarray:
    """The images, of C x H x W with 0 and 255, that `packed` made `bits` of."""
    pixels = np.unpackbits(bits[:, 0, 0], axis=1)[:, : math.prod(image_shape)]
    return pixels.reshape(-1, *image_shape) * np.uint8(255)
