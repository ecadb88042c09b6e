"""Reads image files as pixels."""

import contextlib
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Literal

import numpy as np

from aebench.core.files import open_regular

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
SampleKind = Literal["unsigned", "signed", "float"]
# Tags of TIFF and EXIF, and the orientations in which width and height are exchanged.
BITS_PER_SAMPLE, PHOTOMETRIC, SAMPLE_FORMAT, ORIENTATION = 258, 262, 339, 274
TURNED = (5, 6, 7, 8)
TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
SIGNED, WHITE_IS_ZERO = 2, 0
SAMPLES = {1: "unsigned", 2: "signed", 3: "float", 5: "complex", 6: "complex"}


class Unreadable(Exception):
    """A file that is not a readable image; its text is the reason."""


@dataclass(frozen=True)
class Picture:
    """Pixels, uint8 H x W or, in colour, H x W x 3; `remark` says what of the file is not in them.

    Of a file's header only, all pixels are 0.
    """

    pixels: np.ndarray
    remark: str | None


def read_image(
    path: Path, size: Sequence[int] | None = None, bounds: Sequence[float] | None = None
) -> Picture:
    """Read an image and scale it to `size`, [height, width].

    `bounds` are the stored numbers that mean black and white, by default 0 and the largest of 8 or
    16 bits. The image is rotated by its EXIF orientation, with transparency on white; of several
    images, the file's first. Raises Unreadable.
    """
    with _opened(path) as image:
        remark = _remark(image)
        return Picture(np.asarray(resized(_plain(image, bounds), size)), remark)


def read_header(
    path: Path, size: Sequence[int] | None = None, bounds: Sequence[float] | None = None
) -> Picture:
    """What `read_image` returns, with zeros for pixels; raises Unreadable for what can be known."""
    with _opened(path) as image:
        _samples(image, bounds)
        width, height = image.size
        # Pillow decodes a PNG to look for EXIF that is not in its header.
        has_exif = "exif" in image.info or image.format == "TIFF"
        if has_exif and image.getexif().get(ORIENTATION, 1) in TURNED:
            width, height = height, width
        return Picture(np.broadcast_to(np.uint8(0), size or (height, width)), _remark(image))


@contextlib.contextmanager
def _opened(path: Path) -> "Iterator[Image]":
    """The image in a file, not decoded yet; any error within the block becomes Unreadable."""
    from PIL import Image

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with open_regular(path) as file, Image.open(file, formats=list(FORMATS)) as image:
                width, height = image.size
                if width * height > MAX_PIXELS:
                    raise Unreadable(
                        f"declares {height} x {width} pixels; allowed: up to {MAX_PIXELS}"
                    )
                yield image
        except (Unreadable, MemoryError):
            raise
        # Decoders may raise anything for a broken file.
        except Exception as error:
            raise Unreadable(_reason(error, path)) from None


def _remark(image: "Image") -> str | None:
    if getattr(image, "is_animated", False):
        return "more than one picture in a file, of which the first is used"
    return None


def resized(image: "Image", size: Sequence[int] | None) -> "Image":
    """The image scaled to [height, width], and cropped in the middle if its shape differs."""
    from PIL import Image, ImageOps

    if size is None or image.size == (size[1], size[0]):
        return image
    return ImageOps.fit(image, (size[1], size[0]), Image.Resampling.LANCZOS)


def _plain(image: "Image", bounds: Sequence[float] | None) -> "Image":
    """The image in its EXIF orientation and in mode L or RGB."""
    from PIL import Image, ImageOps

    samples = _samples(image, bounds)
    image = ImageOps.exif_transpose(image)
    if not samples.plain:
        return Image.fromarray(_scaled(samples.numbers(image), samples, bounds))
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    image = image.convert("L" if image.mode in ("1", "L") else "RGB")
    if bounds is None:
        return image
    return Image.fromarray(_scaled(samples.numbers(image), samples, bounds))


@dataclass(frozen=True)
class _Samples:
    """How a file stores its pixels: bits, what they are, and whether small numbers are white.

    `plain` ones are of 8 bits or fewer, without a sign.
    """

    bits: int
    kind: SampleKind
    inverted: bool

    @property
    def plain(self) -> bool:
        return self.bits <= 8 and self.kind == "unsigned"

    def numbers(self, image: "Image") -> np.ndarray:
        """The numbers as they are stored, float64 H x W or H x W x 3."""
        values = np.asarray(image)
        if self.plain and self.inverted:
            # Pillow has turned them round.
            values = 255 - values
        elif self.kind == "signed" and self.bits == 8:
            values = values.view(np.int8)
        elif self.kind == "unsigned" and self.bits == 32:
            values = values.astype(np.int64) & 0xFFFFFFFF
        return values.astype(np.float64)


def _samples(image: "Image", bounds: Sequence[float] | None) -> _Samples:
    """The samples of an image that is not decoded yet; tags of TIFF as in TIFF 6.0.

    Raises Unreadable for those whose black and white are not known, and for what Pillow would cut.
    """
    tags: Any = getattr(image, "tag_v2", {})
    bits = max(tags.get(BITS_PER_SAMPLE) or ((16,) if image.mode.startswith("I") else (8,)))
    kind: SampleKind = "unsigned"
    if image.mode == "F":
        kind, bits = "float", 32
    elif SIGNED in (tags.get(SAMPLE_FORMAT) or ()):
        kind = "signed"
    usual = kind == "unsigned" and bits <= 16
    if image.mode in ("F", "L", "1") or image.mode.startswith("I"):
        if bounds is None and not usual:
            raise Unreadable(
                f"{bits} bits a pixel, {kind}; allowed: 8 or 16 without a sign, "
                "or a `range` of black and white"
            )
        return _Samples(bits, kind, tags.get(PHOTOMETRIC) == WHITE_IS_ZERO)
    if not usual:
        raise Unreadable(f"{bits} bits a colour, {kind}; allowed: 8 or 16 without a sign")
    if bounds and any(";16" in str(tile[3]) for tile in getattr(image, "tile", ())):
        raise Unreadable(
            "16 bits a colour, of which 8 are read; allowed: grey images, where `range` is given"
        )
    # Of colours Pillow keeps 8 bits.
    return _Samples(8, kind, inverted=False)


def _scaled(values: np.ndarray, samples: _Samples, bounds: Sequence[float] | None) -> np.ndarray:
    """Stored numbers as uint8; raises Unreadable for those outside the bounds."""
    low, high = bounds or (0, 2**samples.bits - 1)
    least, most = float(values.min()), float(values.max())
    # Also false for NaN.
    if not (low <= least and most <= high):
        raise Unreadable(f"pixels from {least:g} to {most:g}; allowed: {low:g} to {high:g}")
    scaled = (values - low) / (high - low)
    return np.rint(255 * (1 - scaled if samples.inverted else scaled)).astype(np.uint8)


def _kind_of_tiff(start: bytes, file: BinaryIO) -> str:
    """The samples of a TIFF that Pillow does not open, in words."""
    from PIL.TiffImagePlugin import ImageFileDirectory_v2

    try:
        # The header of a BigTIFF, version 43, has twice as many bytes.
        tags = ImageFileDirectory_v2(start if 43 in start[2:4] else start[:8])
        file.seek(tags.next)
        tags.load(file)
        kind = SAMPLES.get(max(tags.get(SAMPLE_FORMAT, (1,))), "other")
        white = ", 0 is white" if tags.get(PHOTOMETRIC) == WHITE_IS_ZERO else ""
        return f"a TIFF of {max(tags[BITS_PER_SAMPLE])} bits a pixel, {kind}{white}"
    # Of a damaged file.
    except Exception:
        return "a TIFF without readable tags"


def _reason(error: Exception, path: Path) -> str:
    from PIL import Image, UnidentifiedImageError

    if isinstance(error, UnidentifiedImageError):
        with open_regular(path) as file:
            start = file.read(16)
            if start[:4] in TIFF:
                return f"{_kind_of_tiff(start, file)}; allowed: others, such as unsigned of 8 bits"
        return "not an image of a known format" if start else "empty"
    if isinstance(error, Image.DecompressionBombError):
        return f"declares too many pixels; allowed: up to {MAX_PIXELS}"
    if isinstance(error, FileNotFoundError):
        return "no such file"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return " ".join(str(error).split())[:100] or type(error).__name__
