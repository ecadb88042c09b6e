"""A project with tiny data, a study and a sweep, whose models are trained or not as tests say."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from tiny_project import write_project, write_yaml

from aebench.core.sealed import write_sealed
from aebench.data.prepared import Prepared
from aebench.experiments.cell import Cell
from aebench.studies import config, grid
from aebench.training.runs import FINISHED, WEIGHTS, Run, RunSpec, RunStore

VAE = {
    "model": {
        "name": "vae",
        "latent": 2,
        "encoder": {"widths": [8], "unit": "tanh"},
        "decoder": {"widths": [8], "unit": "tanh"},
    },
    "objective": {"name": "elbo", "binarization": "stochastic"},
}
BASE = {
    "threads": 1,
    "model": {"name": "stacked", "widths": [5, 3], "unit": "silu"},
    "objective": {"name": "reconstruction", "loss": "sse"},
    "training": {
        "epochs": 3,
        "batch_size": 25,
        "optimizer": {"name": "adamw", "lr": 1e-2},
        "schedule": {"name": "cosine"},
    },
}
STUDY: dict[str, Any] = {
    "title": "Tiny",
    "question": "Does it work?",
    "seeds": [0, 1],
    "axes": {
        "model": {
            "vae": VAE,
            "a/b, wide": {"model.widths": [9, 3]},
            "pca": {"baseline": {"name": "pca"}},
        },
        "rate": {"low": {"training.optimizer.lr": 1e-3}, "high": {}},
    },
    "leave_out": [{"model": "vae", "rate": "high"}],
    "sets": {"tiny": {}, "mnist": {}},
}
SWEEP: dict[str, Any] = {
    "title": "Tiny",
    "applies_to": "autoencoder",
    "recipe": {},
    "space": {"training.optimizer.lr": {"low": 1e-4, "high": 1e-1, "log": True}},
    "trials": 2,
    "seed": 5,
    "selection": {"best": 1, "seeds": [11, 12], "metric": "sse_per_image"},
    "sets": {"tiny": {}},
}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, prepared: Prepared) -> Path:
    """The project's folder, which is the current one."""
    write_project(tmp_path, prepared)
    write_yaml(tmp_path / "studies" / "base.yaml", BASE)
    write_yaml(tmp_path / "studies" / "small.yaml", STUDY)
    write_yaml(tmp_path / "sweeps" / "small.yaml", SWEEP)
    monkeypatch.delenv("AEBENCH_RUNS", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def study(project: Path) -> Callable[..., None]:
    """`study(**changes)` writes studies/small.yaml with other top-level values."""

    def study(**changes: Any) -> None:
        write_yaml(project / "studies" / "small.yaml", STUDY | changes)

    return study


@pytest.fixture
def folder(project: Path) -> Path:
    """The working directory of `run`."""
    return project


Train = Callable[[RunSpec], Run]


@pytest.fixture
def train(project: Path) -> Train:
    """Put a finished run of this spec into the store, with fresh weights of its seed."""

    def train(spec: RunSpec, error: float = 1.0) -> Run:
        folder = RunStore().folder(spec.id)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        torch.manual_seed(spec.seed)
        save_file(spec.model.module(spec.image_shape).state_dict(), folder / WEIGHTS)
        names = ("epoch", "train_loss", "validation_loss", "validation_sse_per_image")
        (folder / "history.csv").write_text(f"{','.join(names)}\n1,1,1,{error}\n")
        record = {
            "id": spec.id,
            "spec": spec.model_dump(mode="json"),
            # Nobody has this code any more.
            "code": {"aebench.training.train": "0123456789abcdef"},
            "metrics": {"validation": {"sse_per_image": error}},
        }
        write_sealed(folder / FINISHED, record, [WEIGHTS, "history.csv"])
        return Run(folder)

    return train


@pytest.fixture
def cells(project: Path) -> Callable[[], dict[str, Cell]]:
    """The cells of the study by their labels."""

    def cells() -> dict[str, Cell]:
        return {cell.label: cell for cell in grid.cells(config.load_study("small", "tiny"))}

    return cells
