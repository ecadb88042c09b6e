"""Finished models on disk: weights in `NAME.safetensors`, the model's section in `NAME.json`."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from aebench.core.errors import InputError, brief
from aebench.core.files import atomic_write, checksum, read_json, usable
from aebench.core.plugins import need, used_by
from aebench.core.schema import parse
from aebench.core.sealed import SEAL, Damaged, read_sealed, write_sealed
from aebench.training.runs import Run

# A model takes at most so many times the bytes of its weights' file while it is built, and some.
BUILT, SLACK = 4, 2**20
# How the numbers are stored where that is not as they are used, in single precision.
HALF = "float16"


def save(run: Run, path: Path, half: bool = False) -> None:
    """Write a run's model to `path` (`.safetensors`) and its `.json` beside it.

    `half`: the numbers are rounded to half precision, in half the bytes.
    """
    from safetensors.torch import load_file, save_file

    with atomic_write(path) as temporary:
        if half:
            save_file(_cast(load_file(run.weights), torch.float32, torch.float16), temporary)
        else:
            shutil.copyfile(run.weights, temporary)
    spec = run.spec
    model = spec.model.model_dump(mode="json") | {"image_shape": spec.image_shape}
    description = {
        "model": model,
        "weights": checksum(path),
        "run": run.id,
        "seed": spec.seed,
        "plugins": used_by([spec.model]),
    }
    if half:
        description["stored"] = HALF
    write_sealed(path.with_suffix(".json"), description)


def load(path: str | Path, plugins: Sequence[str] = ()) -> nn.Module:
    """Load the model saved at `path`, on the CPU, in evaluation mode, without gradients.

    It has `encode`, `decode` and `reconstruct`; a VAE also `sample`, `elbo` and `log_likelihood`.
    Images in and out are float in [0, 1], N x C x H x W. `plugins` are files and packages that the
    model may need, besides those that a params.yaml in the current folder names. Raises InputError
    if a file is missing or damaged, or if a needed plug-in is not named.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    from aebench.models import build
    from aebench.models.allocation import AskFirst

    path = Path(path)
    try:
        description = _description(path)
        needed = parse(list[str], description.get("plugins", []), "plugins")
    except FileNotFoundError as error:
        # The name that was given, if neither of the two files is there.
        missing = error.filename if path.exists() else path
        raise InputError(missing, "no such file; `make repro` trains it") from None
    except OSError as error:
        raise InputError(path, str(error.strerror), "a file") from None
    except (AttributeError, TypeError, ValueError) as error:
        raise _damaged(path, error) from None
    need(needed, str(path), plugins)
    try:
        with usable(path):
            weights = load_file(path)
            largest = BUILT * path.stat().st_size + SLACK
        if description.get("stored") == HALF:
            weights = _cast(weights, torch.float16, torch.float32)
            largest *= 2
        with AskFirst("model", largest):
            model = build(description["model"])
        _check(weights, model.state_dict())
        model.load_state_dict(weights)
    except FileNotFoundError:
        raise InputError(path, "no such file; `make repro` trains it") from None
    except (
        InputError,
        SafetensorError,
        RuntimeError,
        AttributeError,
        TypeError,
        KeyError,
        ValueError,
    ) as error:
        raise _damaged(path, error) from None
    return model.eval().requires_grad_(False)


def _cast(weights: dict[str, Tensor], before: torch.dtype, after: torch.dtype) -> dict[str, Tensor]:
    """Weights whose numbers of one type are of another; counts stay as they are."""
    return {
        name: tensor.to(after) if tensor.dtype == before else tensor
        for name, tensor in weights.items()
    }


def _check(weights: dict[str, Tensor], own: dict[str, Tensor]) -> None:
    """Raise ValueError where a tensor is of another type than the model's, or not finite."""
    for name, tensor in weights.items():
        if name in own and tensor.dtype != own[name].dtype:
            raise ValueError(f"{brief(name)} is {tensor.dtype}, not {own[name].dtype}")
        if not tensor.isfinite().all():
            raise ValueError(f"not all numbers of {brief(name)} are finite")


def _description(path: Path) -> dict[str, Any]:
    description = read_json(path.with_suffix(".json"))
    weights = checksum(path)
    # Models of version 0.1 have no checksums.
    if SEAL in description:
        description = read_sealed(path.with_suffix(".json"))
        if weights != description["weights"]:
            raise Damaged(path, "damaged, or not this model's weights")
    return description


def _damaged(path: Path, error: Exception) -> InputError:
    reason = brief(" ".join(str(error).split()), 200)
    return InputError(path, f"damaged, or not this model's weights: {reason}")
