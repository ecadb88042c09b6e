"""A project folder with tiny data and a tiny sweep."""

import csv
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tiny_project import write_project, write_yaml

from aebench.data.prepared import Prepared
from aebench.experiments.outcome import Outcome
from aebench.experiments.recipe import Recipe
from aebench.sweeps.config import load_sweep
from aebench.sweeps.driver import Driver
from aebench.sweeps.pool import LocalPool
from aebench.sweeps.storage import study_name
from aebench.sweeps.sweep import SweepRunner

BASE: dict[str, Any] = {
    "threads": 1,
    "model": {"name": "stacked", "widths": [12, 4], "unit": "silu"},
    "objective": {"name": "reconstruction", "loss": "sse"},
    "training": {
        "epochs": 1,
        "batch_size": 25,
        "optimizer": {"name": "adamw", "lr": 1e-3},
        "schedule": {"name": "cosine"},
    },
}
RATE = {"low": 1e-4, "high": 1e-1, "log": True}
SWEEP: dict[str, Any] = {
    "title": "Tiny",
    "applies_to": "autoencoder",
    "recipe": {"training.epochs": 6},
    "space": {
        "training.optimizer.name": {"choices": ["adamw", "sgd"]},
        "training.optimizer.lr": RATE,
        "training.optimizer.momentum": {
            "low": 0.0,
            "high": 0.9,
            "when": {"training.optimizer.name": "sgd"},
        },
        "model.dropout": {"low": 0.0, "high": 0.5},
    },
    "pruner": {"name": "median", "startup": 2, "wait": 0},
    "sampler": {"name": "tpe", "startup": 4},
    "trials": 8,
    "seed": 5,
    "selection": {"best": 1, "seeds": [11, 12], "metric": "sse_per_image"},
    "sets": {"tiny": {}},
}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, prepared: Prepared) -> Path:
    """The project folder, which is the current one, with a run store and an MLflow of its own."""
    write_project(tmp_path, prepared)
    write_yaml(tmp_path / "studies" / "base.yaml", BASE)
    write_yaml(tmp_path / "sweeps" / "small.yaml", SWEEP)
    for name in ("AEBENCH_RUNS", "DVC_ROOT"):
        monkeypatch.delenv(name, raising=False)
    # No log: creating its tables takes seconds. The tests of the log set another address.
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "sqlite:////nowhere/mlflow.db")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def write(project: Path) -> Callable[..., None]:
    """`write(**changes)` writes sweeps/small.yaml with other top-level values."""

    def write(**changes: Any) -> None:
        write_yaml(project / "sweeps" / "small.yaml", SWEEP | changes)

    return write


@pytest.fixture
def runner(write) -> Callable[..., SweepRunner]:
    """`runner(options, **changes)` returns the runner of a sweep with other top-level values."""

    def runner(options: dict[str, Any] | None = None, **changes: Any) -> SweepRunner:
        write(**changes)
        return SweepRunner("small", "tiny", **options or {})

    return runner


@dataclass(frozen=True)
class KnownOutcome(Outcome):
    """The outcome of a training that did not take place, with a given loss."""

    loss: float = math.nan

    @property
    def trained(self) -> list[Any]:
        return [SimpleNamespace(validation_loss=self.loss)]


class KnownPool(LocalPool):
    """Ends trials at once, with the losses by epoch or the status that `losses` returns."""

    def __init__(self, should_prune, losses: Callable[[Recipe], list[float] | str]):
        super().__init__(None, should_prune)
        self.losses = losses

    def wait(self) -> tuple[int, Outcome]:
        number, cell = self.waiting.pop()
        losses = self.losses(cell.recipe)
        if isinstance(losses, str):
            return number, Outcome(cell, losses, [])
        for epoch, loss in enumerate(losses, start=1):
            if self.should_prune(number, epoch, loss):
                return number, Outcome(cell, "pruned", [])
        return number, KnownOutcome(cell, "ok", ["run"], loss=losses[-1])


@pytest.fixture
def drive(write, prepared: Prepared) -> Callable[..., Driver]:
    """Run a sweep whose trials have known losses; returns its driver."""

    def drive(losses, storage: str = "journal:trials.log", **changes: Any) -> Driver:
        write(**changes)
        sweep = load_sweep("small", "tiny")
        name = study_name(sweep, "small", "tiny", prepared)
        driver = Driver(sweep, name, prepared, storage)
        for _ in driver.run(lambda should_prune: KnownPool(should_prune, losses)):
            pass
        return driver

    return drive


@pytest.fixture
def tried() -> Callable[[Driver], list[tuple]]:
    """What has to be the same in a resumed sweep: a tuple for each of a driver's trials."""

    def tried(driver: Driver) -> list[tuple]:
        return [
            (t.number, t.state.name, t.values, t.intermediate_values, t.params)
            for t in driver.study.get_trials()
        ]

    return tried


@pytest.fixture
def rows(project: Path) -> Callable[[str], list[dict[str, str]]]:
    """`rows(name)` reads a table of the sweep's results."""

    def rows(name: str) -> list[dict[str, str]]:
        with (project / "reports" / "tiny" / "sweep" / "small" / f"{name}.csv").open() as file:
            return list(csv.DictReader(file))

    return rows
