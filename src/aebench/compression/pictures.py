"""Image files of people, as arrays of a model's size."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from aebench.errors import InputError
from aebench.files import written_whole

SUFFIXES = {".png", ".jpg", ".jpeg", ".webp", ".avif", ".jp2", ".bmp", ".gif", ".tif", ".tiff"}


def read_images(inputs: Sequence[Path], shape: Sequence[int]) -> np.ndarray:
    """Image files, and those of folders by name: uint8 N x C x H x W, converted to C channels.

    Raises InputError where one is missing, no image or of another size.
    """
    channels, height, width = shape
    images = []
    for path in _files(inputs):
        try:
            with Image.open(path) as picture:
                image = np.asarray(picture.convert("L" if channels == 1 else "RGB"))
        except OSError as error:
            reason = error.strerror or "not an image, or damaged"
            raise InputError(f"{path}: {reason}") from None
        if image.shape[:2] != (height, width):
            size = " x ".join(map(str, image.shape[1::-1]))
            raise InputError(f"{path}: {size} pixels; allowed: the model's {width} x {height}")
        images.append(np.moveaxis(image.reshape(height, width, channels), -1, 0))
    return np.stack(images)


def _files(inputs: Sequence[Path]) -> list[Path]:
    files = []
    for path in inputs:
        if path.is_dir():
            inside = sorted(file for file in path.iterdir() if file.suffix.lower() in SUFFIXES)
            if not inside:
                raise InputError(f"{path}: no images in this folder")
            files += inside
        else:
            files.append(path)
    return files


def write_png(path: Path, image: np.ndarray) -> None:
    """Write a uint8 image, C x H x W."""
    with written_whole(path) as temporary:
        Image.fromarray(image[0] if len(image) == 1 else np.moveaxis(image, 0, -1)).save(
            temporary, "PNG"
        )
