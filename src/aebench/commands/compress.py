"""`aebench compress` and `aebench decompress`: images to one small file and back."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from aebench.commands.general_tools import comparison
from aebench.commands.model_and_images import model_and_images
from aebench.commands.output_images import check_pictures, png_names, write_pictures
from aebench.commands.outputs import check_file
from aebench.commands.trained import load_autoencoder
from aebench.compression import codec
from aebench.compression.container import Compressed
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
    resize: bool,
    grey: bool,
    range: Sequence[float] | None,
    step: float | None,
) -> None:
    check_file(output, force, inputs)
    net, images = model_and_images(model, inputs, resize, grey, range)
    pixels = images.pixels
    file = codec.compress(net, pixels, step)
    # Nothing is written that does not come back.
    back = codec.decompress(net, file, str(output))
    data = file.to_bytes()
    with atomic_write(output) as temporary:
        temporary.write_bytes(data)
    rate = 8 * len(data) / pixels.size
    value = "pixel" if pixels.shape[1] == 1 else "colour value"
    summary = f"{counted(len(pixels), 'image')}, {len(data)} bytes, {rate:.3f} bits per {value}"
    if file.codec == "lossy":
        error = pixels - back.astype(float)
        summary += f", root mean squared error {np.sqrt(np.mean(error**2)):.1f} of 255"
    note(f"{summary}, written to {output}")
    if file.codec != "lossy":
        note(comparison(len(data), FLOAT * parameters(net), pixels))


def decompress(model: str, file: Path, output: Path, force: bool) -> None:
    check_pictures(output, force)
    try:
        with open_regular(file) as stream:
            data = stream.read()
    except OSError as error:
        raise InputError(f"{file}: {error.strerror}") from None
    compressed = Compressed.from_bytes(data, str(file))
    images = codec.decompress(load_autoencoder(model), compressed, str(file))
    # Of what was decoded: what the file says of itself may be anything.
    names = png_names([f"{n:05}" for n in range(len(images))], output)
    write_pictures(output, names, to_float(torch.from_numpy(images)))
    note(f"{counted(len(images), 'image')} written to {output}")
