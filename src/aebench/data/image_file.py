"""Reads image files as pixels."""

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from PIL.Image import Image

# No other formats are opened, since Pillow passes some of them to external programs.
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
# A small file can declare any size; photographs have fewer pixels than this.
MAX_PIXELS = 100_000_000


class Unreadable(Exception):
    """A file that is not a readable image; its text is the reason."""


def read_image(path: Path, size: Sequence[int] | None = None) -> np.ndarray:
    """Read an image, uint8 H x W or, in colour, H x W x 3, scaled to `size`, [height, width].

    It is rotated by its EXIF orientation, with transparency on white; of several images, the file's
    first. Raises Unreadable.
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
    # Decoders may raise anything for a broken file.
    except Exception as error:
        raise Unreadable(_reason(error, path)) from None


def resized(image: "Image", size: Sequence[int] | None) -> "Image":
    """The image scaled to [height, width], and cropped in the middle if its shape differs."""
    from PIL import Image, ImageOps

    if size is None or image.size == (size[1], size[0]):
        return image
    return ImageOps.fit(image, (size[1], size[0]), Image.Resampling.LANCZOS)


def _plain(image: "Image") -> "Image":
    """The image in its EXIF orientation and in mode L or RGB."""
    from PIL import Image, ImageOps

    inverted = _check_tiff(image)
    image = ImageOps.exif_transpose(image)
    if image.mode.startswith("I"):
        values = np.asarray(image)
        if values.min() < 0 or values.max() > 65535:
            raise Unreadable("more than 16 bits a pixel; allowed: 8 or 16")
        if inverted:
            values = 65535 - values
        return Image.fromarray(np.rint(values / 257).astype(np.uint8))
    if image.mode == "F":
        raise Unreadable("pixels are floats; allowed: 8 or 16 bits")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")
    return image.convert("L" if image.mode in ("1", "L") else "RGB")


def _check_tiff(image: "Image") -> bool:
    """Whether 0 is white in a TIFF; raises Unreadable for samples that Pillow would wrap round.

    Of 8 bits Pillow has them the right way already. Tags as in TIFF 6.0.
    """
    tags: Any = getattr(image, "tag_v2", {})
    bits_per_sample, photometric, sample_format = (tags.get(tag) for tag in (258, 262, 339))
    if max(bits_per_sample or (0,)) > 16:
        raise Unreadable(f"{max(bits_per_sample)} bits a pixel; allowed: 8 or 16")
    if set(sample_format or (1,)) - {1}:
        raise Unreadable("pixels are signed or floats; allowed: 8 or 16 bits without a sign")
    return photometric == 0


def _reason(error: Exception, path: Path) -> str:
    from PIL import Image, UnidentifiedImageError

    if isinstance(error, UnidentifiedImageError):
        return "empty" if path.stat().st_size == 0 else "not an image of a known format"
    if isinstance(error, Image.DecompressionBombError):
        return f"declares too many pixels; allowed: up to {MAX_PIXELS}"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return " ".join(str(error).split())[:100] or type(error).__name__
