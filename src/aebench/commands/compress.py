"""`aebench compress` and `aebench decompress`: images to one small file and back."""

from collections.abc import Sequence
from pathlib import Path
from typing import Unpack

import numpy as np
import torch

from aebench.baselines.general_tools import comparison
from aebench.commands.data_part import is_part
from aebench.commands.fitting import Fitting
from aebench.commands.images import leads_out, numbered
from aebench.commands.model_and_images import model_and_images
from aebench.commands.output_images import check_pictures, png_names, write_pictures
from aebench.commands.outputs import check_file
from aebench.commands.trained import load_autoencoder
from aebench.compression import codec
from aebench.compression.container import Compressed
from aebench.compression.named import with_names, without_names
from aebench.core.errors import InputError
from aebench.core.files import atomic_write, open_regular
from aebench.core.memory import FLOAT
from aebench.core.progress import counted, note
from aebench.data.pixels import to_float
from aebench.nets import parameters


def compress(
    model: str,
    inputs: Sequence[Path],
    output: Path,
    force: bool,
    step: float | None,
    **fitting: Unpack[Fitting],
) -> None:
    check_file(output, force, inputs)
    net, images = model_and_images(model, inputs, **fitting)
    # Numbers of a part of a data set are no names.
    names = None if all(map(is_part, inputs)) else png_names(images.names)
    pixels = images.pixels
    file = codec.compress(net, pixels, step)
    # Nothing is written that does not come back.
    back = codec.decompress(net, file, str(output))
    data = alone = file.to_bytes()
    if names:
        data = with_names(names, alone)
    with atomic_write(output) as temporary:
        temporary.write_bytes(data)
    rate = 8 * len(alone) / pixels.size
    value = "pixel" if pixels.shape[1] == 1 else "colour value"
    size = f"{len(data)} bytes"
    if names:
        size += f", {len(data) - len(alone)} of them for names"
    summary = f"{counted(len(pixels), 'image')}, {size}, {rate:.3f} bits per {value}"
    if file.codec == "lossy":
        error = pixels - back.astype(float)
        summary += f", root mean squared error {np.sqrt(np.mean(error**2)):.1f} of 255"
    note(f"{summary}, written to {output}")
    if file.codec != "lossy":
        note(comparison(len(alone), FLOAT * parameters(net), pixels))


def decompress(model: str, file: Path, output: Path, force: bool) -> None:
    check_pictures(output, force)
    try:
        with open_regular(file) as stream:
            data = stream.read()
    except OSError as error:
        raise InputError(f"{file}: {error.strerror}") from None
    names, alone = without_names(data, str(file))
    compressed = Compressed.from_bytes(alone, str(file))
    images = codec.decompress(load_autoencoder(model), compressed, str(file))
    # Of what was decoded: what the file says of itself may be anything.
    if names is None:
        names = numbered(len(images))
    elif len(names) != len(images) or any(map(leads_out, names)):
        raise InputError(f"{file}: the names are damaged")
    write_pictures(output, png_names(names, output), to_float(torch.from_numpy(images)))
    note(f"{counted(len(images), 'image')} written to {output}")
