"""Finished trainings that measures are taken of, made up or tiny."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from torch import Tensor, nn

from aebench.baselines.base import Baseline
from aebench.core.schema import parse
from aebench.data.prepared import Prepared
from aebench.experiments.recipe import Recipe
from aebench.measures.inputs import BaselineInput, RunInput
from aebench.training.runs import RunSpec, RunStore
from aebench.training.train import train_run

HIDDEN = {"widths": [8], "unit": "tanh"}
NETS = {"encoder": HIDDEN, "decoder": HIDDEN}
MODELS = {
    "ae": ({"name": "autoencoder", "code": 2, **NETS}, {"name": "reconstruction", "loss": "bce"}),
    "vae": ({"name": "vae", "latent": 2, **NETS}, {"name": "elbo", "binarization": "stochastic"}),
}


TRAINING = {
    "epochs": 2,
    "batch_size": 20,
    "optimizer": {"name": "adamw", "lr": 1e-2},
    "schedule": {"name": "constant"},
}


def run_spec(model: dict, objective: dict, training: dict, data: Prepared) -> RunSpec:
    spec = {
        "model": model,
        "objective": objective,
        "training": training,
        "precision": "fp32",
        "threads": 1,
        "data": data.checksum,
        "image_shape": data.image_shape,
        "seed": 0,
    }
    return parse(RunSpec, spec, "run")


class Pixels(nn.Module):
    """Its code is the image."""

    def encode(self, images: Tensor) -> Tensor:
        return images.flatten(1)

    def decode(self, codes: Tensor) -> Tensor:
        return codes.reshape(-1, 1, 6, 6)


@dataclass
class Finished:
    """Stands for a run: only its model and spec are looked at."""

    trained: nn.Module
    spec: RunSpec

    def model(self) -> nn.Module:
        return self.trained


@pytest.fixture
def store(tmp_path) -> RunStore:
    return RunStore(tmp_path / "runs")


@pytest.fixture
def perfect(prepared: Prepared, store: RunStore) -> Callable[..., RunInput]:
    """`perfect(**objective)`: an autoencoder that keeps all of an image."""

    def perfect(**objective) -> RunInput:
        objective = {"name": "reconstruction", "loss": "sse"} | objective
        spec = run_spec(MODELS["ae"][0], objective, TRAINING, prepared)
        return RunInput(Finished(Pixels(), spec), prepared, store)

    return perfect


@pytest.fixture
def trained(prepared: Prepared, store: RunStore) -> Callable[[str], RunInput]:
    """A tiny training of an `ae` or a `vae`."""

    def trained(kind: str) -> RunInput:
        spec = run_spec(*MODELS[kind], TRAINING, prepared)
        return RunInput(train_run(spec, prepared, kind, store, progress=False), prepared, store)

    return trained


NETS_BY_NAME = {
    "stacked": {"name": "stacked", "widths": [16, 2], "unit": "tanh"},
    "vae": {
        "name": "vae",
        "latent": 2,
        "encoder": {"widths": [16], "unit": "tanh"},
        "decoder": {"widths": [16], "unit": "tanh"},
    },
}
NETS_BY_NAME["conditional-vae"] = NETS_BY_NAME["vae"] | {"name": "conditional-vae", "classes": 4}
THEIR_OBJECTIVES = {
    "conditional-vae": {"name": "elbo", "binarization": "stochastic"},
    "stacked": {"name": "reconstruction", "loss": "sse"},
    "vae": {"name": "elbo", "binarization": "stochastic"},
}


@pytest.fixture
def net(prepared: Prepared, tmp_path: Path) -> Callable[..., RunInput]:
    """`net("stacked", without=[1], epochs=30, data=...)`: a trained one."""

    def net(name: str, without=None, epochs: int = 30, data: Prepared | None = None) -> RunInput:
        data = data or prepared
        training = TRAINING | {"epochs": epochs, "schedule": {"name": "cosine"}}
        training |= {"without": without} if without else {}
        spec = run_spec(NETS_BY_NAME[name], THEIR_OBJECTIVES[name], training, data)
        store = RunStore(tmp_path / "runs")
        run = train_run(spec, data, name, store, progress=False)
        return RunInput(run, data, store)

    return net


@pytest.fixture
def baseline(prepared: Prepared, tmp_path: Path) -> Callable[..., BaselineInput]:
    """`baseline("pca", unseen=[1], components=[2])`."""

    def baseline(
        name: str, unseen=(), seed: int = 0, data: Prepared | None = None, **settings
    ) -> BaselineInput:
        section = parse(Baseline, {"name": name, **settings}, "baseline")
        store = RunStore(tmp_path / "runs")
        return BaselineInput(section, data or prepared, store, seed, unseen)

    return baseline


@pytest.fixture
def recipe() -> Callable[..., Recipe]:
    """`recipe("vae", objective={...}, without=[1])`: what a model or a baseline is checked with."""

    def recipe(name: str = "stacked", objective: dict | None = None, without=None) -> Recipe:
        parts = {
            "model": NETS_BY_NAME[name],
            "objective": objective or THEIR_OBJECTIVES[name],
            "training": TRAINING | ({"without": without} if without else {}),
            "precision": "fp32",
            "threads": 1,
        }
        return parse(Recipe, parts, "recipe")

    return recipe
