"""A run is a value: what it is made from gives its identity, its result is a small folder."""

import contextlib
import csv
import hashlib
import json
import math
import os
import shutil
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import NonNegativeInt, PositiveInt

from aebench.core import code, plugins
from aebench.core.errors import InputError
from aebench.core.files import read_json, write_json
from aebench.core.progress import note
from aebench.core.schema import Section, parse
from aebench.data.prepared import ImageShape
from aebench.models.base import Model
from aebench.objectives.base import Objective
from aebench.training.config import Precision, Training

RUNS = "AEBENCH_RUNS"
HISTORY = "history.csv"
# What a run's folder holds for good; `run.json` is written last and says that all is there.
KEPT = ("weights.safetensors", HISTORY, "run.json")
DIAGNOSTICS = "diagnostics.csv"
COST = "cost.json"
# In an error.
MOST_NAMED = 8


class RunSpec(Section):
    """Everything that a run's numbers depend on, except the code.

    `data` is the prepared data's checksum, `start` the identity of the run whose weights this one
    starts from.
    """

    model: Model
    objective: Objective
    training: Training
    precision: Precision
    threads: PositiveInt
    data: str
    image_shape: ImageShape
    seed: NonNegativeInt
    start: str | None = None

    @property
    def id(self) -> str:
        """The hash of all of it, defaults spelled out."""
        text = json.dumps(self.identity(), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


DIVERGED = "diverged.json"
RESULTS = ("run.json", DIVERGED)


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

    @cached_property
    def spec(self) -> RunSpec:
        """What it was made from; raises InputError where that cannot be read any more."""
        path = self.folder / "run.json"
        plugins.need(self.record.get("plugins", []), str(path))
        try:
            return parse(RunSpec, self.record["spec"], str(path))
        except InputError as error:
            raise InputError(f"{error}; a run of another version: train it again") from None

    @property
    def code(self) -> dict[str, str]:
        """The hash of each module that it was trained with; see `aebench.core.code`."""
        return self.record["code"]

    @property
    def metrics(self) -> dict[str, dict[str, float]]:
        """Metrics of the final weights: part of the data -> name -> value."""
        return self.record["metrics"]

    @property
    def validation_loss(self) -> float:
        """That of the weights that were kept: the best epoch's, or the last one's."""
        if self.spec.training.restore_best:
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
    def weights_checksum(self) -> str:
        """That of the file that the training wrote."""
        return self.record["weights"]

    @property
    def cost(self) -> dict[str, Any] | None:
        """Seconds, device and versions; None where only a copy without them is at hand."""
        path = self.folder / COST
        return read_json(path) if path.exists() else None

    def model(self):
        """The trained model, on the CPU, in evaluation mode."""
        from safetensors.torch import load_file

        model = self.spec.model.build(self.spec.image_shape)
        model.load_state_dict(load_file(self.weights))
        return model.eval()

    def copy_to(self, folder: Path) -> "Run":
        """Copy what is the same from run to run, so without the cost."""
        folder.mkdir(parents=True, exist_ok=True)
        measured = (self.folder / DIAGNOSTICS).exists()
        for name in (*KEPT, DIAGNOSTICS) if measured else KEPT:
            shutil.copyfile(self.folder / name, folder / name)
        return Run(folder)


@dataclass(frozen=True)
class OtherCode:
    """What becomes of results whose code has changed since: by default an error names them.

    With `retrain` they are made again; with `accept`, a reason, they count as of today's code.
    """

    retrain: bool = False
    accept: str | None = None


class RunStore:
    """The folder of all runs: `AEBENCH_RUNS`, else `runs/` in the project."""

    def __init__(self, root: Path | None = None, other_code: OtherCode | None = None):
        self.root = root or Path(os.environ.get(RUNS) or "runs")
        self.other_code = other_code or OtherCode()

    def folder(self, id: str) -> Path:
        return self.root / id

    def get(self, id: str) -> Run | None:
        """The finished run of this identity, if there is one of today's code.

        Raises InputError where there is one of other code, unless that is provided for.
        """
        self.settle([id])
        folder = self.folder(id)
        return Run(folder) if (folder / "run.json").exists() else None

    def divergence(self, id: str) -> str | None:
        """Why the run of this identity came to nothing, if that is known."""
        self.settle([id])
        path = self.folder(id) / DIVERGED
        return read_json(path)["reason"] if path.exists() else None

    def settle(self, ids: Iterable[str]) -> None:
        """Provide for the results of these runs that are of other code, all at once.

        Raises InputError, which names runs and modules, where nothing is provided for.
        """
        records = [self.folder(id) / name for id in ids for name in RESULTS]
        settle(records, self.other_code)

    @contextlib.contextmanager
    def lock(self, id: str) -> Iterator[None]:
        """Held by one process at a time; the system lets go of it when the holder dies."""
        from filelock import FileLock, Timeout

        self.root.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self.root / f"{id}.lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            note(f"run {id}: another process trains it; waiting for it", sys.stderr)
            lock.acquire()
        try:
            yield
        finally:
            lock.release()


def settle(records: Iterable[Path], other_code: OtherCode) -> None:
    """Provide for those of these results, JSON files with a `code`, whose code has changed.

    To make a result again, its file goes: it says that the result is there.
    Raises InputError, which names results and modules, where nothing is provided for.
    """
    stale: dict[Path, list[str]] = {}
    for path in records:
        if path.exists():
            record = read_json(path)
            plugins.need(record.get("plugins", []), str(path))
            if modules := code.changed(record["code"]):
                stale[path] = modules
    if not stale:
        return
    if other_code.retrain:
        for path in stale:
            path.unlink()
        return
    if other_code.accept is None:
        raise InputError(_stale(stale))
    for path, modules in stale.items():
        record = read_json(path)
        before = {name: record["code"][name] for name in modules}
        accepted = {"reason": other_code.accept, "code": before}
        record["code"] |= code.hashes(modules)
        record["accepted"] = [*record.get("accepted", []), accepted]
        write_json(path, record)


def _stale(stale: dict[Path, list[str]]) -> str:
    modules = list(dict.fromkeys(name for names in stale.values() for name in names))
    names = [path.parent.name if path.name in RESULTS else path.stem for path in stale]
    return (
        f"the code of {_few(modules)} has changed since {len(stale)} results were made "
        f"({_few(names)}); allowed: --retrain, which makes them again, or --accept-code REASON, "
        "if it gives the same numbers"
    )


def _few(names: list[str]) -> str:
    rest = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {rest} more" if rest > 0 else "")
