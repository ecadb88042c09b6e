"""`aebench score`: how well a model knows each image, and which images are anomalous."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, Unpack

import torch
from torch import Tensor

from aebench.commands.data_part import part, read_part
from aebench.commands.fitting import Fitting
from aebench.commands.images import Images
from aebench.commands.input_images import read_images
from aebench.commands.model_and_images import model_and_images
from aebench.commands.named.locate import locate
from aebench.commands.output_images import check_pictures, png_names, write_pictures
from aebench.commands.outputs import check_file
from aebench.commands.trained import in_batches
from aebench.core.errors import InputError
from aebench.core.files import write_columns
from aebench.core.memory import FLOAT, needs_memory
from aebench.core.progress import bar, counted, note
from aebench.core.seeding import derive
from aebench.data.pixels import to_float
from aebench.metrics.importance import log_likelihood
from aebench.metrics.threshold import anomaly_threshold, fewest_normal
from aebench.models.encoder_decoder import EncoderDecoder
from aebench.models.latent import LatentVariableModel
from aebench.objectives.reconstruction import sse_of_each
from aebench.training.runs import Run

# Images whose likelihood is estimated between two steps of the bar.
AT_A_TIME = 50


def score(
    model: str,
    inputs: Sequence[Path],
    output: Path,
    samples: int,
    seed: int,
    false_alarms: float | None,
    normal: Sequence[Path] | None,
    maps: Path | None,
    force: bool,
    **fitting: Unpack[Fitting],
) -> None:
    check_file(output, force, [*inputs, *(normal or [])])
    if maps:
        check_pictures(maps, force, inputs)
        if maps.resolve() == output.resolve():
            raise InputError(maps, "is OUTPUT", "another folder")
    if normal and not false_alarms:
        raise InputError("--normal", "for no threshold", "with --false-alarms RATE")
    net, images = model_and_images(model, inputs, **fitting)
    pictures = png_names(images.names, maps) if maps else []
    usual = None
    if normal:
        usual = read_images(normal, net.image_shape, model, **fitting)
    elif false_alarms:
        usual = _validation(model, net.image_shape)
    if usual and false_alarms and len(usual.names) < fewest_normal(false_alarms):
        raise InputError(
            f"--false-alarms {false_alarms:g}",
            f"{len(usual.names)} normal images are too few",
            f"{fewest_normal(false_alarms)} or more",
        )
    scores = _scores(net, images, samples, seed)
    columns = images.columns | {name: _text(values) for name, values in scores.items()}
    if usual and false_alarms:
        note(f"{len(usual.names)} normal images are scored, for the thresholds")
        for name, values in _scores(net, usual, samples, seed).items():
            threshold = anomaly_threshold(values, false_alarms)
            anomalous = scores[name] > threshold
            columns[f"{name}_anomalous"] = [str(int(flag)) for flag in anomalous]
            print(
                f"{name}: anomalous above {threshold:.6f}, which {false_alarms:g} of normal images "
                f"exceed; {int(anomalous.sum())} of {len(anomalous)} images do"
            )
    if maps:
        _write_maps(net, images, maps, pictures)
    write_columns(output, columns)
    note(f"{counted(len(images.names), 'score')} written to {output}")


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


def _scores(net: EncoderDecoder, images: Images, samples: int, seed: int) -> dict[str, Tensor]:
    """The scores of a model by the names of their columns: N each, lower for usual images."""
    pixels = torch.from_numpy(images.pixels)
    errors = in_batches(lambda batch: sse_of_each(net, batch), pixels, "squared error")
    scores = {"squared_error": errors}
    if isinstance(net, LatentVariableModel):
        scores["nll_nats"] = negative_log_likelihoods(net, pixels, samples, seed)
    return scores


def _text(scores: Tensor) -> list[str]:
    return [f"{score:.6f}" for score in scores]


def _validation(model: str, shape: Sequence[int]) -> Images:
    """The validation images of the model's data set, of classes that its training has seen."""
    located = locate(model)
    if located.dataset is None:
        raise InputError(
            model,
            "its data set is not known",
            "--normal data:DATASET/validation, or files and folders of normal images",
        )
    spec = located.source.spec if isinstance(located.source, Run) else None
    unseen = spec.training.without or () if spec else ()
    return read_part(part(located.dataset, "validation"), shape, spec, unseen)


def _write_maps(net: EncoderDecoder, images: Images, folder: Path, names: list[str]) -> None:
    """A picture an image: the squared error of each pixel, black where there is none.

    White is the largest error in all images. With a white of each image's own, usual images would
    look as anomalous as others.
    """

    count, _, height, width = images.pixels.shape
    needs_memory(FLOAT * count * height * width, f"--maps of {count} images")

    def errors(batch: Tensor) -> Tensor:
        target = to_float(batch)
        return (net.reconstruct(target) - target).square().sum(1, keepdim=True)

    maps = in_batches(errors, torch.from_numpy(images.pixels), "maps")
    largest = maps.max().item()
    write_pictures(folder, names, maps / (largest or 1.0))
    white = f"white is a squared error of {largest:.4f}"
    note(f"{counted(len(maps), 'map')} written to {folder}; {white}")
