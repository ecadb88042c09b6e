"""One image file as pixels, or the reason why it has none."""

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from PIL.Image import Image

# Nothing else is opened, whatever a file's name: Pillow hands some formats to other programs.
FORMATS = {
    "PNG": (".png",),
    "JPEG": (".jpg", ".jpeg"),
    "WEBP": (".webp",),
    "AVIF": (".avif",),
    "JPEG2000": (".jp2", ".j2k"),
    "TIFF": (".tif", ".tiff"),
    "BMP": (".bmp",),
    "GIF": (".gif",),
    "PPM": (".ppm", ".pgm", ".pbm", ".pnm"),
}
SUFFIXES = frozenset(suffix for suffixes in FORMATS.values() for suffix in suffixes)
# A file of some bytes can declare any size; photographs have less than this.
MAX_PIXELS = 100_000_000


class Unreadable(Exception):
    """A file that holds no image, and why."""


def read_image(path: Path, size: Sequence[int] | None = None) -> np.ndarray:
    """Pixels uint8, H x W or, in colour, H x W x 3; `size` is [height, width].

    As people see it: turned as its EXIF data says, on white where it is transparent; the first
    one of several. Raises Unreadable.
    """
    from PIL import Image

    if not path.is_file():
        raise Unreadable("no such file" if not path.exists() else "not a regular file")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path, formats=list(FORMATS)) as image:
                width, height = image.size
                if width * height > MAX_PIXELS:
                    raise Unreadable(
                        f"declares {height} x {width} pixels; allowed: up to {MAX_PIXELS}"
                    )
                return np.asarray(resized(_plain(image), size))
    except (Unreadable, MemoryError):
        raise
    # There is no list of what a decoder raises for a broken file.
    except Exception as error:
        raise Unreadable(_reason(error, path)) from None


def resized(image: "Image", size: Sequence[int] | None) -> "Image":
    """Scaled to [height, width]; where the shape differs, what is over is cut off evenly."""
    from PIL import Image, ImageOps

    if size is None or image.size == (size[1], size[0]):
        return image
    return ImageOps.fit(image, (size[1], size[0]), Image.Resampling.LANCZOS)


def _plain(image: "Image") -> "Image":
    """The image upright, in mode L or RGB."""
    from PIL import Image, ImageOps

    image = ImageOps.exif_transpose(image)
    if image.mode.startswith("I"):
        values = np.asarray(image)
        if values.min() < 0 or values.max() > 65535:
            raise Unreadable("more than 16 bits a pixel; allowed: 8 or 16")
        return Image.fromarray(np.rint(values / 257).astype(np.uint8))
    if image.mode == "F":
        raise Unreadable("pixels are floats; allowed: 8 or 16 bits")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")
    return image.convert("L" if image.mode in ("1", "L") else "RGB")


def _reason(error: Exception, path: Path) -> str:
    from PIL import Image, UnidentifiedImageError

    if isinstance(error, UnidentifiedImageError):
        return "empty" if path.stat().st_size == 0 else "not an image of a known format"
    if isinstance(error, Image.DecompressionBombError):
        return f"declares too many pixels; allowed: up to {MAX_PIXELS}"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return " ".join(str(error).split())[:100] or type(error).__name__
