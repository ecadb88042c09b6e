"""A person's images, as a model takes them: files and folders, any common format."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from aebench.core.errors import InputError
from aebench.core.progress import bar
from aebench.data.image_file import SUFFIXES, Unreadable, read_image


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

    Of folders it is all that has an image's ending, but hidden files; a file that is named is read
    whatever its name. Raises InputError where there is
    nothing, two files have one name, or a name is not UTF-8.
    """
    found: dict[str, Path] = {}
    for given in inputs:
        for name, path in _files(given):
            if name in found:
                raise InputError(
                    path,
                    f"has the name of {found[name]}",
                    "each name once, as in a folder that holds both",
                )
            # A byte of a name that is not UTF-8 comes as a lone surrogate, which is no text.
            if any("\ud800" <= character <= "\udfff" for character in name):
                raise InputError(f"{str(path)!a}", "its name is not UTF-8", "names that are")
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
        if path.suffix.lower() in SUFFIXES
        and path.is_file()
        and not any(part.startswith(".") for part in name.parts)
    ]
    if not images:
        raise InputError(
            given, "no images in it", f"files that end in {' '.join(sorted(SUFFIXES))}"
        )
    return sorted(images)


def _read(path: Path, shape: Sequence[int], resize: bool, grey: bool) -> np.ndarray:
    channels, height, width = shape
    try:
        pixels = read_image(path, (height, width) if resize else None)
    except Unreadable as error:
        raise InputError(f"{path}: {error}") from None
    if pixels.shape[:2] != (height, width):
        raise InputError(
            f"{path}: {pixels.shape[1]} x {pixels.shape[0]} pixels; the model takes "
            f"{width} x {height}; --resize scales it"
        )
    colours = pixels[..., None] if pixels.ndim == 2 else pixels
    if channels == 3:
        colours = np.broadcast_to(colours, (height, width, 3))
    elif colours.shape[-1] == 3:
        colours = _without_colour(path, colours, grey)
    return np.moveaxis(colours, -1, 0)


def _without_colour(path: Path, colours: np.ndarray, grey: bool) -> np.ndarray:
    if (colours == colours[..., :1]).all():
        return colours[..., :1]
    if not grey:
        raise InputError(
            f"{path}: is in colour; the model takes grey images; --grey turns it into one"
        )
    return np.asarray(Image.fromarray(colours).convert("L"))[..., None]
