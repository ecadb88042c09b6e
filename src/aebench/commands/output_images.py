"""Images that a model made, as PNG files."""

from collections.abc import Sequence
from pathlib import Path, PurePosixPath

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from aebench.commands.outputs import atomic_folder, check_file, check_folder, fit_for_a_file
from aebench.core.errors import InputError
from aebench.core.files import atomic_write
from aebench.data.image_file import SUFFIXES

# White pixels between the images of a grid.
GAP = 2


def is_picture(output: Path) -> bool:
    """Whether an output is a picture, and not a folder of them."""
    return output.suffix.lower() == ".png"


def check_pictures(output: Path, force: bool, inputs: Sequence[Path] = ()) -> None:
    """Raises InputError where pictures cannot go to `output`; see `outputs.py`."""
    if output.suffix.lower() in SUFFIXES and not is_picture(output) and not output.is_dir():
        raise InputError(output, "no format of an output", "a folder, or NAME.png for one picture")
    (check_file if is_picture(output) else check_folder)(output, force, inputs)


def png_names(names: Sequence[str], output: Path | None = None) -> list[str]:
    """The names that images get in `output`: with the ending .png.

    Raises InputError where two would have one name, or `output` is a picture and there are several.
    """
    if output and is_picture(output) and len(names) > 1:
        raise InputError(output, f"is one picture, for {len(names)} images", "a folder")
    pngs: dict[str, str] = {}
    for name in names:
        png = str(PurePosixPath(name).with_suffix(".png"))
        if png in pngs:
            raise InputError(
                f"{name}, {pngs[png]}",
                f"would both be written to {png}",
                "names that differ in more than their ending",
            )
        pngs[png] = name
    return list(pngs)


def write_pictures(output: Path, names: Sequence[str], images: Tensor) -> None:
    """N x C x H x W in [0, 1] to PNGs of these names in a folder, or the only one to a file."""
    if is_picture(output):
        write_picture(output, images[0])
        return
    with atomic_folder(output) as folder:
        for name, image in zip(names, images, strict=True):
            with fit_for_a_file(output / name):
                write_picture(folder / name, image)


def write_picture(path: Path, image: Tensor) -> None:
    """C x H x W in [0, 1], of 1 or 3 channels, rounded to 8 bits."""
    pixels = (255 * image.clamp(0, 1)).round().byte().numpy()
    picture = Image.fromarray(pixels[0] if len(pixels) == 1 else np.moveaxis(pixels, 0, -1))
    with atomic_write(path) as temporary:
        picture.save(temporary, format="PNG")


def tiled(images: Tensor, columns: int) -> Tensor:
    """N x C x H x W as one image, row by row, with white between them and where none is left."""
    count, channels, height, width = images.shape
    rows = -(-count // columns)
    canvas = torch.ones(
        channels, rows * (height + GAP) - GAP, columns * (width + GAP) - GAP, dtype=images.dtype
    )
    for i, image in enumerate(images):
        top, left = i // columns * (height + GAP), i % columns * (width + GAP)
        canvas[:, top : top + height, left : left + width] = image
    return canvas
