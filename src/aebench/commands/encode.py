"""`aebench encode` and `aebench decode`: images to codes and back."""

from collections.abc import Sequence
from pathlib import Path
from typing import Unpack

import torch

from aebench.commands.codes import Codes, check_ending, read_codes, write_codes
from aebench.commands.fitting import Fitting
from aebench.commands.model_and_images import model_and_images
from aebench.commands.output_images import check_pictures, png_names, write_pictures
from aebench.commands.outputs import check_file
from aebench.commands.trained import in_batches, load_autoencoder
from aebench.core.errors import InputError
from aebench.core.progress import counted, note
from aebench.data.pixels import to_float
from aebench.models.encoder_decoder import code_length


def encode(
    model: str,
    inputs: Sequence[Path],
    output: Path,
    force: bool,
    **fitting: Unpack[Fitting],
) -> None:
    check_ending(output)
    check_file(output, force, inputs)
    net, images = model_and_images(model, inputs, **fitting)
    codes = in_batches(
        lambda batch: net.encode(to_float(batch)), torch.from_numpy(images.pixels), "encode"
    )
    write_codes(output, Codes(images.names, codes.numpy(), images.labels))
    length = counted(codes.shape[1], "number")
    note(f"{counted(len(codes), 'code')} of {length} written to {output}")


def decode(model: str, codes: Path, output: Path, force: bool) -> None:
    check_pictures(output, force)
    given = read_codes(codes)
    net = load_autoencoder(model)
    names = png_names(given.names, output)
    expected = code_length(net)
    if given.numbers.shape[1] != expected:
        raise InputError(
            f"{codes}: codes of {given.numbers.shape[1]} numbers; the model takes {expected}"
        )
    images = in_batches(net.decode, torch.from_numpy(given.numbers), "decode")
    write_pictures(output, names, images)
    note(f"{counted(len(names), 'image')} written to {output}")
