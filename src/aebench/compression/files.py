"""Compressed files of images: their sizes, and the images decoded from them."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Files:
    """The size of each file in bytes, and the decoded images, uint8 N x C x H x W.

    `model_bytes`: the size of the model, which both sides must have beforehand.
    """

    sizes: list[int]
    images: np.ndarray
    model_bytes: int = 0

    @property
    def bits_per_pixel(self) -> float:
        """Bits a pixel and channel, over all files."""
        return 8 * sum(self.sizes) / self.images.size


def by_streams(
    images: np.ndarray,
    whole: bool,
    compress: Callable[[bytes], bytes],
    decompress: Callable[[bytes], bytes],
) -> Files:
    """Compress the bytes of uint8 images in one file (`whole`), or a file each; decompress them."""
    parts = [images] if whole else images
    files = [compress(part.tobytes()) for part in parts]
    decoded = np.frombuffer(b"".join(map(decompress, files)), np.uint8)
    return Files([len(file) for file in files], decoded.reshape(images.shape))


def pack_bits(images: np.ndarray) -> np.ndarray:
    """Pack black-and-white images, 8 pixels a byte: uint8 N x 1 x 1 x bytes."""
    return np.packbits(images.reshape(len(images), -1) > 127, axis=1)[:, None, None]


def unpack_bits(bits: np.ndarray, image_shape: tuple[int, ...]) -> np.ndarray:
    """Undo `pack_bits`: uint8 images N x C x H x W of 0 and 255."""
    pixels = np.unpackbits(bits[:, 0, 0], axis=1)[:, : math.prod(image_shape)]
    return pixels.reshape(-1, *image_shape) * np.uint8(255)
