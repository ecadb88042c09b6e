"""Images as a model takes them: a person's files and folders, any common format, and data sets."""

import math
import stat
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Unpack

import numpy as np
from PIL import Image

from aebench.commands.data_part import is_part, read_part
from aebench.commands.fitting import Fitting
from aebench.commands.images import Images, join
from aebench.commands.named.locate import locate
from aebench.core.errors import InputError
from aebench.core.progress import bar, note
from aebench.data.folder import find_images
from aebench.data.image_file import Unreadable, read_image
from aebench.data.values import scale_notes
from aebench.training.runs import Run


def read_images(
    inputs: Sequence[Path],
    shape: Sequence[int],
    model: str | None = None,
    **fitting: Unpack[Fitting],
) -> Images:
    """All images of these inputs, as a model of `shape`, C x H x W, takes them.

    Inputs are files, folders and parts of data sets (see `data_part.py`), as the training of
    `model` divided them.
    Raises InputError, which names the first one that is broken or does not fit.
    """
    bounds = fitting.get("range")
    if bounds and not -math.inf < bounds[0] < bounds[1] < math.inf:
        raise InputError("--range", f"{bounds[0]:g} {bounds[1]:g}", "the lower number first")
    groups = []
    if files := [given for given in inputs if not is_part(given)]:
        groups.append(_read_files(files, shape, fitting))
    if parts := [given for given in inputs if is_part(given)]:
        source = locate(model).source if model else None
        trained = source.spec if isinstance(source, Run) else None
        groups += [read_part(given, shape, trained) for given in parts]
    return join(groups)


def _read_files(inputs: Sequence[Path], shape: Sequence[int], fitting: Fitting) -> Images:
    found = find(inputs)
    # Not at once, so that of a broken file among few one line is said, and no bar.
    paths = bar(found.values(), desc="read", delay=1)
    images = np.stack([_read(path, shape, fitting) for path in paths])
    for remark in scale_notes(images, "--range BLACK WHITE"):
        note(f"aebench: {remark}", sys.stderr)
    return Images(list(found), images)


def find(inputs: Sequence[Path]) -> dict[str, Path]:
    """The image files by their names, in order.

    Of folders it is all that has an image's ending, but hidden files and thumbnails, which are
    noted; a file that is named is read whatever its name. Raises InputError where there is
    nothing, a folder cannot be read, two files have one name, or a name is not UTF-8.
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
    try:
        is_folder = stat.S_ISDIR(given.stat().st_mode)
    except FileNotFoundError:
        raise InputError(f"{given}: no such file or folder") from None
    except (OSError, ValueError) as error:
        raise InputError(given, getattr(error, "strerror", None) or str(error)) from None
    if not is_folder:
        return [(given.name, given)]
    found = find_images(given)
    for remark in found.notes():
        note(f"aebench: {given}: {remark}", sys.stderr)
    return [(name.as_posix(), given / name) for name in found.images]


def _read(path: Path, shape: Sequence[int], fitting: Fitting) -> np.ndarray:
    channels, height, width = shape
    try:
        size = (height, width) if fitting.get("resize") else None
        pixels = read_image(path, size, fitting.get("range")).pixels
    except Unreadable as error:
        raise InputError(f"{path}: {error}") from None
    colours = pixels[..., None] if pixels.ndim == 2 else pixels
    coloured = bool((colours != colours[..., :1]).any())
    faults = []
    if pixels.shape[:2] != (height, width):
        faults.append(
            f"{pixels.shape[1]} x {pixels.shape[0]} pixels; the model takes {width} x {height}; "
            "--resize scales it"
        )
    if channels == 1 and coloured and not fitting.get("grey"):
        faults.append("is in colour; the model takes grey images; --grey turns it into one")
    if faults:
        raise InputError(f"{path}: {', and it '.join(faults)}")
    if channels == 3:
        colours = np.broadcast_to(colours, (height, width, 3))
    elif coloured:
        colours = np.asarray(Image.fromarray(colours).convert("L"))[..., None]
    return np.moveaxis(colours[..., :channels], -1, 0)
