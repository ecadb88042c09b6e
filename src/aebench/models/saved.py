"""Finished models on disk: `NAME.safetensors`, and `NAME.json`, which rebuilds the net."""

import shutil
import textwrap
from pathlib import Path

from torch import nn

from aebench.errors import InputError
from aebench.files import read_json, write_json, written_whole
from aebench.training.runs import Run


def save(run: Run, path: Path) -> None:
    """Put a run's model at `path` (`.safetensors`) with its `.json` beside it."""
    with written_whole(path) as temporary:
        shutil.copyfile(run.weights, temporary)
    description = {"model": run.spec.model, "run": run.id, "seed": run.spec.seed}
    write_json(path.with_suffix(".json"), description)


def load(path: str | Path) -> nn.Module:
    """The model saved at `path`, on the CPU, in evaluation mode, without gradients.

    It has `encode`, `decode` and `reconstruct`; a VAE also `sample`, `elbo` and `log_likelihood`.
    Images in and out are float in [0, 1], N x C x H x W. Raises InputError where a file is missing
    or damaged.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    from aebench.models import build

    path = Path(path)
    try:
        model = build(read_json(path.with_suffix(".json"))["model"])
        model.load_state_dict(load_file(path))
    except FileNotFoundError as error:
        raise InputError(
            f"{error.filename or path}: no such file; `make repro` trains it"
        ) from None
    except (
        InputError,
        SafetensorError,
        RuntimeError,
        AttributeError,
        TypeError,
        KeyError,
        ValueError,
    ) as error:
        reason = textwrap.shorten(str(error), 200)
        raise InputError(f"{path}: damaged, or not this model's weights: {reason}") from None
    return model.eval().requires_grad_(False)
