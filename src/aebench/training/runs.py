"""A run is a value: what it is made from gives its identity, its result is a small folder."""

import contextlib
import csv
import hashlib
import json
import math
import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from aebench.files import read_json
from aebench.params import Training
from aebench.schema import parse
from aebench.training import VERSION

RUNS = "AEBENCH_RUNS"
HISTORY = "history.csv"
# What a run's folder holds for good; `run.json` is written last and says that all is there.
KEPT = ("weights.safetensors", HISTORY, "run.json")
DIAGNOSTICS = "diagnostics.csv"
COST = "cost.json"


@dataclass(frozen=True)
class RunSpec:
    """Everything that a run's numbers depend on.

    `model`, `objective` and `training` are resolved config, `data` is the prepared data's
    checksum, `start` the identity of the run whose weights this one starts from.
    """

    model: dict[str, Any]
    objective: dict[str, Any]
    training: dict[str, Any]
    precision: str
    data: str
    seed: int
    start: str | None = None
    version: int = field(default=VERSION)

    @property
    def id(self) -> str:
        text = json.dumps(asdict(self), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Run:
    """A finished run's folder, in the run store or where a stage has put a copy of it."""

    folder: Path

    @cached_property
    def record(self) -> dict[str, Any]:
        return read_json(self.folder / "run.json")

    @property
    def id(self) -> str:
        return self.record["id"]

    @property
    def spec(self) -> RunSpec:
        return RunSpec(**self.record["spec"])

    @property
    def metrics(self) -> dict[str, dict[str, float]]:
        """Metrics of the final weights: part of the data -> name -> value."""
        return self.record["metrics"]

    @property
    def validation_loss(self) -> float:
        """That of the weights that were kept: the best epoch's, or the last one's."""
        if parse(Training, self.spec.training, "training").restore_best:
            return self.record["best_validation"]
        return self.history[-1]["validation_loss"]

    @property
    def history(self) -> list[dict[str, float]]:
        """A row for each epoch: `epoch`, `updates`, `lr`, `train_...`, `validation_...`.

        `lr` is the rate of the update that would come next: 0 after the last of a cosine.
        """
        with (self.folder / HISTORY).open(newline="") as file:
            return [
                {name: float(value) for name, value in row.items()} for row in csv.DictReader(file)
            ]

    @property
    def diverged(self) -> bool:
        """Whether its training ended early, at a loss that is infinite or no number."""
        last = self.history[-1]
        return not (math.isfinite(last["train_loss"]) and math.isfinite(last["validation_loss"]))

    @property
    def diagnostics(self) -> list[dict[str, Any]] | None:
        """A row for each measured update and layer (see `LayerNorms`); None where it has none."""
        path = self.folder / DIAGNOSTICS
        if not path.exists():
            return None
        with path.open(newline="") as file:
            return [
                {name: value if name == "layer" else float(value) for name, value in row.items()}
                for row in csv.DictReader(file)
            ]

    @property
    def weights(self) -> Path:
        return self.folder / "weights.safetensors"

    @property
    def cost(self) -> dict[str, Any] | None:
        """Seconds, device and versions; None where only a copy without them is at hand."""
        path = self.folder / COST
        return read_json(path) if path.exists() else None

    def model(self):
        """The trained model, on the CPU, in evaluation mode."""
        from safetensors.torch import load_file

        from aebench.models import build

        model = build(self.spec.model)
        model.load_state_dict(load_file(self.weights))
        return model.eval()

    def copy_to(self, folder: Path) -> "Run":
        """Copy what is the same from run to run, so without the cost."""
        folder.mkdir(parents=True, exist_ok=True)
        measured = (self.folder / DIAGNOSTICS).exists()
        for name in (*KEPT, DIAGNOSTICS) if measured else KEPT:
            shutil.copyfile(self.folder / name, folder / name)
        return Run(folder)


class RunStore:
    """The folder of all runs: `AEBENCH_RUNS`, else `runs/` in the project."""

    def __init__(self, root: Path | None = None):
        self.root = root or Path(os.environ.get(RUNS) or "runs")

    def folder(self, id: str) -> Path:
        return self.root / id

    def get(self, id: str) -> Run | None:
        """The finished run of this identity, if there is one."""
        folder = self.folder(id)
        return Run(folder) if (folder / "run.json").exists() else None

    @contextlib.contextmanager
    def lock(self, id: str) -> Iterator[None]:
        """Held by one process at a time; the system lets go of it when the holder dies."""
        from filelock import FileLock, Timeout

        self.root.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self.root / f"{id}.lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            print(f"run {id}: another process trains it; waiting for it", file=sys.stderr)
            lock.acquire()
        try:
            yield
        finally:
            lock.release()
