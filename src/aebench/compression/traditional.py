"""What people compress images with instead: the files, and what comes out of them.

Images are uint8 N x C x H x W with 1 or 3 channels. Each function compresses them one by one, or
(`whole`) as one file, so that headers and small pictures do not decide: picture formats then get
all images as the tiles of one.
"""

import bz2
import gzip
import io
import lzma
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import brotli
import numpy as np
import zstandard
from PIL import Image


@dataclass(frozen=True)
class Files:
    """The size of each file in bytes, and the images as they are read back."""

    sizes: list[int]
    images: np.ndarray

    @property
    def bits_per_pixel(self) -> float:
        """Of all files, a number of the images: a colour pixel has three."""
        return 8 * sum(self.sizes) / self.images.size


def _lzma(data: bytes) -> bytes:
    # A dictionary beyond the data gains nothing, and preset 9 would clear 64 MiB for each image.
    options = {"preset": 9 | lzma.PRESET_EXTREME, "dict_size": max(2**12, len(data))}
    return lzma.compress(data, filters=[{"id": lzma.FILTER_LZMA2} | options])


QUALITIES = (0, 2, 5, 10, 15, 20, 30, 40, 50, 60, 70, 80, 90, 95, 100)
# Name -> Pillow's format and fixed options, the knob of its rate-distortion curve, its values from
# small files to large ones.
LOSSY: dict[str, tuple[str, dict[str, Any], str, tuple[int, ...]]] = {
    "jpeg": (
        "JPEG",
        {"optimize": True},
        "quality",
        (1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 80, 90, 95, 98),
    ),
    "webp": ("WEBP", {"method": 6}, "quality", QUALITIES),
    "jpeg2000": (
        "JPEG2000",
        {"irreversible": True, "quality_mode": "dB", "no_jp2": True},
        "quality_layers",
        (8, 10, 12, 14, 16, 18, 20, 22, 25, 28, 31, 35, 40, 45, 50),
    ),
    # 0 and 1 take three times as long as 2, and more.
    "avif": ("AVIF", {"speed": 2}, "quality", QUALITIES),
}
# Grey values that PNG is given, in 1, 2, 2 and 4 bits, ...
LEVELS = (2, 3, 4, 6, 8, 16)

PICTURES: dict[str, tuple[str, dict[str, Any]]] = {
    "png": ("PNG", {"optimize": True}),
    "webp": ("WEBP", {"lossless": True, "quality": 100, "method": 6, "exact": True}),
    "jpeg2000": ("JPEG2000", {"irreversible": False, "no_jp2": True}),
}
STREAMS: dict[str, tuple[Callable[[bytes], bytes], Callable[[bytes], bytes]]] = {
    # Without the time, which gzip would write into the file.
    "gzip": (lambda data: gzip.compress(data, 9, mtime=0), gzip.decompress),
    "bz2": (lambda data: bz2.compress(data, 9), bz2.decompress),
    "lzma": (_lzma, lzma.decompress),
    "zstd": (
        lambda data: zstandard.ZstdCompressor(level=22).compress(data),
        lambda data: zstandard.ZstdDecompressor().decompress(data),
    ),
    "brotli": (lambda data: brotli.compress(data, quality=11, lgwin=24), brotli.decompress),
}


def lossy(name: str, images: np.ndarray, setting: int, whole: bool = False) -> Files:
    """By a codec of `LOSSY` with its knob at `setting`."""
    kind, options, knob, _ = LOSSY[name]
    value = [setting] if knob == "quality_layers" else setting
    return _pictures(images, whole, lambda picture: _saved(picture, kind, options | {knob: value}))


def few_levels(images: np.ndarray, levels: int, whole: bool = False) -> Files:
    """PNG of values rounded to so many even levels of grey, 2 to 16, with as few bits a pixel.

    Of 3 channels, each is a grey picture.
    """
    rounded = np.rint(images / 255 * (levels - 1)).astype(np.uint8)
    # Pillow writes palettes, not grey values, of fewer than 8 bits.
    shades = np.rint(np.arange(levels) * 255 / (levels - 1)).astype(np.uint8)
    bits = 1 if levels == 2 else 2 if levels <= 4 else 4

    def save(picture: Image.Image) -> bytes:
        picture.putpalette(np.repeat(shades, 3).tobytes())
        return _saved(picture, "PNG", {"optimize": True, "bits": bits})

    grey = rounded.reshape(-1, 1, *images.shape[2:])
    files = _pictures(grey, whole, save)
    return Files(files.sizes, files.images.reshape(images.shape))


def lossless(name: str, images: np.ndarray, whole: bool = False) -> Files:
    """By a codec of `PICTURES` or `STREAMS`; the images come back exactly.

    Black-and-white images are given to PNG with a bit a pixel.
    """
    if name in STREAMS:
        return _streams(name, images, whole)
    kind, options = PICTURES[name]
    two_valued = name == "png" and images.shape[1] == 1 and np.isin(images, (0, 255)).all()

    def save(picture: Image.Image) -> bytes:
        return _saved(picture.convert("1") if two_valued else picture, kind, options)

    return _pictures(images, whole, save)


def packed(images: np.ndarray) -> np.ndarray:
    """Black-and-white images as bytes of 8 pixels each: N x 1 x 1 x bytes, for `STREAMS`."""
    return np.packbits(images.reshape(len(images), -1) > 127, axis=1)[:, None, None]


def _streams(name: str, images: np.ndarray, whole: bool) -> Files:
    compress, decompress = STREAMS[name]
    parts = [images] if whole else images
    files = [compress(part.tobytes()) for part in parts]
    back = b"".join(map(decompress, files))
    return Files([len(file) for file in files], np.frombuffer(back, np.uint8).reshape(images.shape))


def _pictures(images: np.ndarray, whole: bool, save: Callable[[Image.Image], bytes]) -> Files:
    count, _, *size = images.shape
    pictures = [_mosaic(images)] if whole else images
    files = [save(_picture(picture)) for picture in pictures]
    back = np.stack(
        [_read(file, picture.shape) for file, picture in zip(files, pictures, strict=True)]
    )
    if whole:
        back = _tiles(back[0], size)[:count]
    return Files([len(file) for file in files], back)


def _picture(image: np.ndarray) -> Image.Image:
    """Of C x H x W."""
    return Image.fromarray(image[0] if len(image) == 1 else np.moveaxis(image, 0, -1))


def _saved(picture: Image.Image, kind: str, options: dict[str, Any]) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def _read(file: bytes, shape: tuple[int, ...]) -> np.ndarray:
    picture = Image.open(io.BytesIO(file)).convert("L" if shape[0] == 1 else "RGB")
    return np.moveaxis(np.asarray(picture).reshape(*shape[1:], shape[0]), -1, 0)


def _mosaic(images: np.ndarray) -> np.ndarray:
    """All images side by side as one nearly square picture; black ones fill the last row."""
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
