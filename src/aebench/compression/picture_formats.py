"""Encode images in picture formats."""

import io
import math
from collections.abc import Callable
from typing import Any

import numpy as np
from PIL import Image

from aebench.compression.files import Files


def by_pictures(images: np.ndarray, whole: bool, save: Callable[[Image.Image], bytes]) -> Files:
    """Encode and decode uint8 images, N x C x H x W with 1 or 3 channels, by `save`: a file each.

    With `whole` all images are the tiles of one picture, so that headers and the small size of the
    images count less.
    """
    mode = "L" if images.shape[1] == 1 else "RGB"
    return by_arrays(
        images,
        whole,
        lambda array: save(Image.fromarray(array)),
        lambda file: np.asarray(Image.open(io.BytesIO(file)).convert(mode)),
    )


def by_arrays(
    images: np.ndarray,
    whole: bool,
    save: Callable[[np.ndarray], bytes],
    read: Callable[[bytes], np.ndarray],
) -> Files:
    """As `by_pictures`, with arrays H x W, or H x W x 3, for pictures: `read` undoes `save`."""
    count, _, *size = images.shape
    pictures = [_mosaic(images)] if whole else images
    files = [save(_array(picture)) for picture in pictures]
    decoded = np.stack([_planes(read(file)) for file in files])
    if whole:
        decoded = _tiles(decoded[0], size)[:count]
    return Files([len(file) for file in files], decoded)


def encode_picture(picture: Image.Image, format: str, **options: Any) -> bytes:
    """The bytes that Pillow writes; `format` and `options` are those of `Image.save`."""
    file = io.BytesIO()
    picture.save(file, format, **options)
    return file.getvalue()


def _array(image: np.ndarray) -> np.ndarray:
    """An image C x H x W as a picture, H x W or H x W x C."""
    return image[0] if len(image) == 1 else np.ascontiguousarray(np.moveaxis(image, 0, -1))


def _planes(picture: np.ndarray) -> np.ndarray:
    """The image C x H x W of a picture."""
    return picture[None] if picture.ndim == 2 else np.moveaxis(picture, -1, 0)


def _mosaic(images: np.ndarray) -> np.ndarray:
    """All images as the tiles of a nearly square picture; black tiles fill the last row."""
    count, channels, height, width = images.shape
    columns = math.ceil(count**0.5)
    rows = math.ceil(count / columns)
    filled = np.zeros((rows * columns, channels, height, width), np.uint8)
    filled[:count] = images
    tiles = filled.reshape(rows, columns, channels, height, width)
    return tiles.transpose(2, 0, 3, 1, 4).reshape(channels, rows * height, columns * width)


def _tiles(mosaic: np.ndarray, size: list[int]) -> np.ndarray:
    height, width = size
    channels, rows, columns = len(mosaic), mosaic.shape[1] // height, mosaic.shape[2] // width
    tiles = mosaic.reshape(channels, rows, height, columns, width)
    return tiles.transpose(1, 3, 0, 2, 4).reshape(-1, channels, height, width)
