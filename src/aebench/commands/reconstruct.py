"""`aebench reconstruct` and `aebench denoise`: images through a model."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Unpack

import torch

from aebench.commands.fitting import Fitting
from aebench.commands.model_and_images import model_and_images
from aebench.commands.output_images import check_pictures, png_names, write_pictures
from aebench.commands.trained import in_batches
from aebench.core.progress import counted, note
from aebench.data.pixels import to_float


def _through(what: str) -> Callable[..., None]:
    """The command `what`, which writes the images that a model makes of images."""

    def command(
        model: str,
        inputs: Sequence[Path],
        output: Path,
        force: bool,
        **fitting: Unpack[Fitting],
    ) -> None:
        check_pictures(output, force, inputs)
        net, images = model_and_images(model, inputs, **fitting)
        names = png_names(images.names, output)
        results = in_batches(
            lambda batch: net.reconstruct(to_float(batch)), torch.from_numpy(images.pixels), what
        )
        write_pictures(output, names, results)
        note(f"{counted(len(names), 'image')} written to {output}")

    return command


reconstruct = _through("reconstruct")
# What a model makes of a noisy image is its reconstruction of it (Vincent et al. 2010).
denoise = _through("denoise")
