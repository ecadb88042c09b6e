import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

import aebench
from aebench import models
from aebench.core.errors import InputError
from aebench.core.schema import parse
from aebench.core.sealed import write_sealed
from aebench.models.base import Model
from aebench.training import saved_models
from aebench.training.runs import Run, RunSpec

HIDDEN = {"widths": [8], "unit": "tanh"}
SPECS = {
    "stacked": {"name": "stacked", "image_shape": [3, 4, 5], "widths": [8, 3], "unit": "silu"},
    "vae": {
        "name": "vae",
        "image_shape": [1, 4, 5],
        "latent": 3,
        "encoder": HIDDEN,
        "decoder": HIDDEN,
    },
    "autoencoder": {
        "name": "autoencoder",
        "image_shape": [3, 4, 5],
        "code": 3,
        "encoder": {"net": "inception", "channels": [16], "unit": "relu", "batch_norm": True},
        "decoder": {"net": "conv", "channels": [4], "unit": "relu", "dropout": 0.5},
    },
}
# The rest of a run.
TRAINED = {
    "objective": {"name": "reconstruction", "loss": "sse"},
    "training": {
        "epochs": 1,
        "batch_size": 1,
        "optimizer": {"name": "sgd", "lr": 0.1},
        "schedule": {"name": "constant"},
    },
    "precision": "fp32",
    "threads": 1,
    "data": "data",
    "seed": 3,
}
Save = Callable[[str], Path]


def section(description: dict) -> tuple[Model, list[int]]:
    """The model's section, and the shape of its images."""
    hyperparameters = dict(description)
    shape = hyperparameters.pop("image_shape")
    return parse(Model, hyperparameters, "model"), shape


@pytest.fixture
def save(tmp_path: Path) -> Save:
    """Save an untrained model of this name where a stage saves a trained one."""

    def save(name: str) -> Path:
        model, shape = section(SPECS[name])
        whole = TRAINED | {"model": model, "image_shape": shape}
        spec = parse(RunSpec, whole, "spec")
        torch.manual_seed(0)
        folder = tmp_path / "run"
        folder.mkdir(exist_ok=True)
        save_file(models.build(SPECS[name]).state_dict(), folder / "weights.safetensors")
        write_sealed(
            folder / "run.json",
            {"id": spec.id, "spec": spec.model_dump(mode="json")},
            ["weights.safetensors"],
        )
        path = tmp_path / "models" / f"{name}.safetensors"
        saved_models.save(Run(folder), path)
        return path

    return save


@pytest.mark.parametrize("name", SPECS)
def test_a_saved_model_comes_back_as_it_was(name: str, save: Save) -> None:
    path = save(name)
    torch.manual_seed(0)
    before = models.build(SPECS[name]).eval()
    after = aebench.load(str(path))
    assert type(after) is type(before)
    assert not after.training
    images = torch.rand(2, *SPECS[name]["image_shape"])
    assert torch.equal(after.reconstruct(images), before.reconstruct(images))
    assert torch.equal(after.decode(after.encode(images)), before.decode(before.encode(images)))


@pytest.mark.parametrize("name", SPECS)
def test_a_saved_model_is_two_files_that_depend_on_nothing_else(name: str, save: Save) -> None:
    path = save(name)
    first = path.read_bytes(), path.with_suffix(".json").read_bytes()
    save(name)
    assert (path.read_bytes(), path.with_suffix(".json").read_bytes()) == first
    description = json.loads(first[1])
    assert section(description["model"]) == section(SPECS[name])
    assert description["seed"] == 3
    assert sorted(file.name for file in path.parent.iterdir()) == [
        f"{name}.json",
        f"{name}.safetensors",
    ]


def test_a_model_saved_in_half_precision_takes_half_the_bytes_and_is_used_in_single(
    save: Save, tmp_path: Path
) -> None:
    whole, half = save("autoencoder"), tmp_path / "half.safetensors"
    saved_models.save(Run(tmp_path / "run"), half, half=True)
    # Without the headers, which list the tensors.
    numbers = sum(p.numel() for p in aebench.load(whole).state_dict().values())
    assert whole.stat().st_size - half.stat().st_size == pytest.approx(2 * numbers, rel=0.02)
    for before, after in zip(
        aebench.load(whole).parameters(), aebench.load(half).parameters(), strict=True
    ):
        assert after.dtype == torch.float32
        assert torch.equal(after, before.half().float())


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def wait(ending: str) -> Callable[[Path], object]:
    """Put a named pipe, which nobody writes into, in place of a file."""

    def harm(path: Path) -> None:
        path.with_suffix(ending).unlink()
        os.mkfifo(path.with_suffix(ending))

    return harm


def describe(text: str) -> Callable[[Path], object]:
    return lambda path: path.with_suffix(".json").write_text(text)


def put_the_weights_of_another_net(path: Path) -> None:
    other = SPECS["stacked"] | {"widths": [7, 3]}
    save_file(models.build(other).state_dict(), path)


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (lambda path: path.unlink(), r"stacked\.safetensors: no such file; .make repro"),
        (
            lambda path: path.with_suffix(".json").unlink(),
            r"stacked\.json: no such file; .make repro",
        ),
        # The name that was given.
        (
            lambda path: (path.unlink(), path.with_suffix(".json").unlink()),
            r"stacked\.safetensors: no such file, and no name of a model",
        ),
        (wait(".json"), r"stacked\.json: a named pipe, not a regular file"),
        (wait(".safetensors"), r"stacked\.safetensors: a named pipe, not a regular file"),
        (truncate, r"stacked\.safetensors: damaged"),
        (lambda path: path.write_bytes(b""), r"stacked\.safetensors: damaged"),
        (
            put_the_weights_of_another_net,
            r"stacked\.safetensors: damaged, or not this model's weights",
        ),
        (describe(json.dumps({"model": SPECS["vae"]})), "not this model's weights: .*VAE"),
        (describe("{"), "damaged"),
        (describe("[]"), "damaged"),
        (describe("{}"), "damaged"),
        (describe('{"model": null}'), "damaged"),
        (describe('{"model": {"name": "gan"}}'), "damaged"),
        (describe('{"model": {"name": "stacked"}}'), "damaged"),
    ],
)
def test_what_cannot_be_loaded_is_named_in_one_line(
    harm: Callable[[Path], object], said: str, save: Save
) -> None:
    path = save("stacked")
    harm(path)
    with pytest.raises(InputError, match=said) as caught:
        aebench.load(path)
    assert "\n" not in str(caught.value)
    assert str(path.parent) in str(caught.value)
