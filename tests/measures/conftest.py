"""Finished trainings that measures are taken of, made up or tiny."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from torch import Tensor, nn

from aebench.data.prepared import Prepared
from aebench.measures.subject import Subject
from aebench.training.fit import train
from aebench.training.runs import RunSpec, RunStore

HIDDEN = {"widths": [8], "unit": "tanh"}
NETS = {"image_shape": [1, 6, 6], "encoder": HIDDEN, "decoder": HIDDEN}
MODELS = {
    "ae": ({"name": "autoencoder", "code": 2, **NETS}, {"name": "reconstruction", "loss": "bce"}),
    "vae": ({"name": "vae", "latent": 2, **NETS}, {"name": "elbo", "binarization": "stochastic"}),
}


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
def perfect(prepared: Prepared, store: RunStore) -> Callable[..., Subject]:
    """`perfect(**objective)`: an autoencoder that keeps all of an image."""

    def perfect(**objective) -> Subject:
        objective = {"name": "reconstruction", "loss": "sse"} | objective
        spec = RunSpec({}, objective, {}, "fp32", prepared.checksum, seed=0)
        return Subject(Finished(Pixels(), spec), prepared, store)

    return perfect


@pytest.fixture
def trained(prepared: Prepared, store: RunStore) -> Callable[[str], Subject]:
    """A tiny training of an `ae` or a `vae`."""

    def trained(kind: str) -> Subject:
        model, objective = MODELS[kind]
        training = {
            "epochs": 2,
            "batch_size": 20,
            "optimizer": {"name": "adamw", "lr": 1e-2},
            "schedule": {"name": "constant"},
        }
        spec = RunSpec(model, objective, training, "fp32", prepared.checksum, seed=0)
        return Subject(train(spec, prepared, kind, store, progress=False), prepared, store)

    return trained
