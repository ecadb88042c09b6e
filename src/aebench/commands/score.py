"""`aebench score`: how well a model knows each image."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor

from aebench.commands.input_images import read_images
from aebench.commands.outputs import check_file
from aebench.commands.trained import in_batches, load_autoencoder
from aebench.core.files import write_csv
from aebench.core.progress import bar, note
from aebench.core.seeding import derive
from aebench.metrics.importance import log_likelihood
from aebench.models.latent import LatentVariableModel
from aebench.objectives.reconstruction import sse_of_each

# Images whose likelihood is estimated between two steps of the bar.
AT_A_TIME = 50


def score(
    model: str,
    inputs: Sequence[Path],
    output: Path,
    samples: int,
    seed: int,
    force: bool,
    resize: bool,
    grey: bool,
    range: Sequence[float] | None,
) -> None:
    check_file(output, force, inputs)
    net = load_autoencoder(model)
    images = read_images(inputs, net.image_shape, resize, grey, range)
    pixels = torch.from_numpy(images.pixels)
    errors = in_batches(lambda batch: sse_of_each(net, batch), pixels, "squared error")
    columns = {"name": images.names, "squared_error": [f"{error:.6f}" for error in errors]}
    if isinstance(net, LatentVariableModel):
        nll = negative_log_likelihoods(net, pixels, samples, seed)
        columns["nll_nats"] = [f"{value:.6f}" for value in nll]
    rows = zip(*columns.values(), strict=True)
    write_csv(output, [dict(zip(columns, row, strict=True)) for row in rows])
    note(f"{len(errors)} scores written to {output}")


def negative_log_likelihoods(
    net: LatentVariableModel, images: Tensor, samples: int, seed: int
) -> Tensor:
    """Estimates of -log p(x) of uint8 images (see `metrics/importance.py`): N, nats.

    Where pixels are 0 or 1 to the model, the grey value is the probability of a 1, and drawn.
    """
    binarization: Literal["none", "stochastic"] = "none" if net.likelihood.grey else "stochastic"
    parts = []
    with bar(total=len(images), desc="likelihood") as progress:
        for i, batch in enumerate(images.split(AT_A_TIME)):
            part = log_likelihood(net, batch, samples, binarization, derive(seed, "score", i))
            parts.append(-part.of_each)
            progress.update(len(batch))
    return torch.cat(parts)
