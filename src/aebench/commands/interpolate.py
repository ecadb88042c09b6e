"""`aebench interpolate`: the way from one image to another, decoded."""

import math
from pathlib import Path
from typing import Unpack

import torch

from aebench.commands.fitting import Fitting
from aebench.commands.input_images import read_images
from aebench.commands.output_images import is_picture, tiled, write_picture
from aebench.commands.outputs import check_file
from aebench.commands.trained import load_autoencoder
from aebench.core.errors import InputError
from aebench.core.memory import FLOAT, needs_memory
from aebench.core.progress import note
from aebench.data.pixels import to_float
from aebench.metrics.generation.interpolation import spherical, straight


def interpolate(
    model: str,
    first: Path,
    second: Path,
    output: Path,
    steps: int,
    arc: bool,
    force: bool,
    **fitting: Unpack[Fitting],
) -> None:
    if not is_picture(output):
        raise InputError(output, "is no name of a picture", "one that ends in .png")
    ends = (first, second)
    check_file(output, force, ends)
    net = load_autoencoder(model)
    # One by one: both may be called the same, and be the same.
    images = [read_images([given], net.image_shape, model, **fitting).pixels for given in ends]
    for given, found in zip(ends, images, strict=True):
        if len(found) != 1:
            raise InputError(given, f"holds {len(found)} images", "one at each end")
    with torch.no_grad():
        a, b = (net.encode(to_float(torch.from_numpy(image)))[0] for image in images)
        numbers = math.prod(net.image_shape) + len(a)
        needs_memory(FLOAT * steps * numbers, f"--steps {steps}")
        way = (spherical if arc else straight)(a, b, steps)
        write_picture(output, tiled(net.decode(way), columns=steps))
    note(f"{steps} images written to {output}")
