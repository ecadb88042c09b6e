"""A person's images, as a model takes them: files and folders, any common format."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from aebench.errors import InputError
from aebench.progress import bar

# Of a folder, what bears one of these endings; a file that is named is read whatever its name.
ENDINGS = (
    *(".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".avif", ".jp2"),
    *(".pgm", ".ppm", ".pbm", ".pnm", ".tga"),
)


@dataclass(frozen=True)
class Images:
    """uint8, N x C x H x W, and their names: of files, or paths within the folder given."""

    names: list[str]
    pixels: np.ndarray


def read_images(
    inputs: Sequence[Path], shape: Sequence[int], resize: bool = False, grey: bool = False
) -> Images:
    """All images of these files and folders, as a model of `shape`, C x H x W, takes them.

    `resize` scales those of another size, `grey` turns colour into grey for a model of one channel.
    Raises InputError, which names the first one that is broken or does not fit.
    """
    found = find(inputs)
    # Not at once, so that of a broken file among few one line is said, and no bar.
    paths = bar(found.values(), desc="read", delay=1)
    return Images(list(found), np.stack([_read(path, shape, resize, grey) for path in paths]))


def find(inputs: Sequence[Path]) -> dict[str, Path]:
    """The image files by their names, in order.

    Folders are searched with all that is in them but hidden files. Raises InputError where there is
    nothing, two files have one name, or a name is not UTF-8.
    """
    found: dict[str, Path] = {}
    for given in inputs:
        for name, path in _files(given):
            if name in found:
                raise InputError(
                    f"{path}: has the name of {found[name]}; allowed: each name once, as in a "
                    "folder that holds both"
                )
            # A byte of a name that is not UTF-8 comes as a lone surrogate, which is no text.
            if any("\ud800" <= character <= "\udfff" for character in name):
                raise InputError(f"{str(path)!a}: its name is not UTF-8; allowed: names that are")
            found[name] = path
    return found


def _files(given: Path) -> list[tuple[str, Path]]:
    if not given.exists():
        raise InputError(f"{given}: no such file or folder")
    if not given.is_dir():
        return [(given.name, given)]
    inside = [(path.relative_to(given), path) for path in given.rglob("*")]
    images = [
        (name.as_posix(), path)
        for name, path in inside
        if path.suffix.lower() in ENDINGS
        and path.is_file()
        and not any(part.startswith(".") for part in name.parts)
    ]
    if not images:
        raise InputError(
            f"{given}: no images in it; allowed: files that end in {' '.join(ENDINGS)}"
        )
    return sorted(images)


def _read(path: Path, shape: Sequence[int], resize: bool, grey: bool) -> np.ndarray:
    channels, height, width = shape
    image = _decoded(path)
    if channels == 1 and image.mode == "RGB":
        image = _without_colour(path, image, grey)
    elif channels == 3:
        image = image.convert("RGB")
    if image.size != (width, height):
        if not resize:
            raise InputError(
                f"{path}: {image.width} x {image.height} pixels; the model takes "
                f"{width} x {height}; --resize scales it"
            )
        image = image.resize((width, height), Image.Resampling.BICUBIC)
    pixels = np.asarray(image)
    return np.moveaxis(pixels, -1, 0) if pixels.ndim == 3 else pixels[None]


def _decoded(path: Path) -> Image.Image:
    """The upright image, of mode L or RGB."""
    try:
        with warnings.catch_warnings():
            # What Pillow only warns of, it can read.
            warnings.simplefilter("ignore")
            with Image.open(path) as opened:
                opened.load()
                image = _eight_bits(ImageOps.exif_transpose(opened))
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    # Of a damaged file, Pillow's readers raise whatever they stumble over.
    except Exception as error:
        reason = "" if isinstance(error, Image.UnidentifiedImageError) else f" ({error})"
        raise InputError(f"{path}: no image, or a broken one{reason}") from None
    return image


def _eight_bits(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I;16"):
        return Image.fromarray((np.asarray(image) / 257).round().astype(np.uint8))
    if image.mode in ("I", "F"):
        raise InputError("32 bits a pixel; allowed: 8 or 16")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        if image.getchannel("A").getextrema()[0] < 255:
            raise InputError(
                "is transparent, and nothing says what lies behind it; allowed: opaque images"
            )
    return image.convert("L" if image.mode in ("1", "L") else "RGB")


def _without_colour(path: Path, image: Image.Image, grey: bool) -> Image.Image:
    red, *others = image.split()
    if all(np.array_equal(red, other) for other in others):
        return red
    if not grey:
        raise InputError(
            f"{path}: is in colour; the model takes grey images; --grey turns it into one"
        )
    return image.convert("L")
