"""Runs and the store of runs: a run is identified by its spec, its result is a small folder."""

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

from aebench.core import code_hashes, plugins
from aebench.core.counts import Count, Seed
from aebench.core.errors import InputError
from aebench.core.files import atomic_write
from aebench.core.progress import note
from aebench.core.schema import Section, parse
from aebench.core.sealed import Damaged, read_sealed, sealed_file, verify, write_sealed
from aebench.data.prepared import ImageShape
from aebench.models.base import Model
from aebench.objectives.base import Objective
from aebench.training.config import Precision, Training

RUNS = "AEBENCH_RUNS"
WEIGHTS, HISTORY = "weights.safetensors", "history.csv"
DIAGNOSTICS = "diagnostics.csv"
COST = "cost.json"
# Names listed in an error.
MAX_NAMED = 8


class RunSpec(Section):
    """Everything that a run's results depend on, except the code.

    `data` is the prepared data's checksum, `start` the id of the run whose weights it starts from.
    """

    model: Model
    objective: Objective
    training: Training
    precision: Precision
    threads: Count
    data: str
    image_shape: ImageShape
    seed: Seed
    start: str | None = None

    @property
    def id(self) -> str:
        """The hash of all fields, defaults included."""
        text = json.dumps(self.identity(), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


FINISHED, DIVERGED = "run.json", "diverged.json"
RESULTS = (FINISHED, DIVERGED)


@dataclass(frozen=True)
class Run:
    """A finished run's folder, in the run store or a copy that a stage has made."""

    folder: Path

    @cached_property
    def record(self) -> dict[str, Any]:
        """The content of `run.json`, or of `diverged.json`; raises Damaged if it was altered.

        It is written last and holds the checksums of the other files.
        """
        finished = self.folder / FINISHED
        return read_sealed(finished if finished.exists() else self.folder / DIVERGED)

    @property
    def id(self) -> str:
        return self.record["id"]

    @cached_property
    def spec(self) -> RunSpec:
        """The spec that it was trained by; raises InputError if another version wrote it."""
        path = self.folder / FINISHED
        plugins.need(self.record.get("plugins", []), str(path))
        try:
            return parse(RunSpec, self.record["spec"], str(path))
        except InputError as error:
            raise InputError(f"{error}; a run of another version: train it again") from None

    @property
    def code(self) -> dict[str, str]:
        """The hash of each module that it was trained by; see `aebench.core.code_hashes`."""
        return self.record["code"]

    @property
    def metrics(self) -> dict[str, dict[str, float]]:
        """Metrics of the saved weights: part of the data -> name -> value."""
        return self.record["metrics"]

    @property
    def validation_loss(self) -> float:
        """Validation loss of the saved weights: those of the best epoch, or of the last one."""
        if self.spec.training.restore_best:
            return self.record["best_validation"]
        return self.history[-1]["validation_loss"]

    @property
    def history(self) -> list[dict[str, float]]:
        """A row per epoch: `epoch`, `updates`, `lr`, `train_...`, `validation_...`.

        `lr` is the rate of the next update: 0 at the end of a cosine.
        """
        with self._file(HISTORY).open(newline="", encoding="utf-8") as file:
            return [
                {name: float(value) for name, value in row.items()} for row in csv.DictReader(file)
            ]

    @property
    def diverged(self) -> bool:
        """Whether its training stopped early because the loss became infinite or NaN."""
        last = self.history[-1]
        return not (math.isfinite(last["train_loss"]) and math.isfinite(last["validation_loss"]))

    @property
    def diagnostics(self) -> list[dict[str, Any]] | None:
        """A row per measured update and layer (see `LayerNorms`); None if nothing was measured."""
        if DIAGNOSTICS not in self.record.get("files", {}):
            return None
        with self._file(DIAGNOSTICS).open(newline="", encoding="utf-8") as file:
            return [
                {name: value if name == "layer" else float(value) for name, value in row.items()}
                for row in csv.DictReader(file)
            ]

    @property
    def weights(self) -> Path:
        """The file of the weights; raises Damaged if it is not what the training wrote."""
        return self._file(WEIGHTS)

    @property
    def weights_checksum(self) -> str:
        """Checksum of the weights' file that the training wrote."""
        return self.record["files"][WEIGHTS]

    @property
    def cost(self) -> dict[str, Any] | None:
        """Seconds, device and versions; None for a copy, which lacks them."""
        path = self.folder / COST
        return read_sealed(path) if path.exists() else None

    def model(self) -> Any:
        """The trained model, a module, on the CPU and in evaluation mode."""
        from safetensors.torch import load_file

        model = self.spec.model.module(self.spec.image_shape)
        model.load_state_dict(load_file(self.weights))
        return model.eval()

    def copy_to(self, folder: Path) -> "Run":
        """Copy the files that are reproducible: all but the cost."""
        for name in self.record["files"]:
            _copy(self._file(name), folder / name)
        _copy(self.folder / FINISHED, folder / FINISHED)
        return Run(folder)

    def _file(self, name: str) -> Path:
        return sealed_file(self.folder, name, self.record)


def _copy(source: Path, destination: Path) -> None:
    with atomic_write(destination) as temporary:
        shutil.copyfile(source, temporary)


@dataclass(frozen=True)
class OtherCode:
    """What to do with results whose code has changed since: by default raise an error.

    With `retrain` they are computed again; with `accept`, a reason, they count as current.
    """

    retrain: bool = False
    accept: str | None = None


class RunStore:
    """The folder of all runs, by default `$AEBENCH_RUNS`, or `runs/` in the project."""

    def __init__(self, root: Path | None = None, other_code: OtherCode | None = None):
        self.root = root or Path(os.environ.get(RUNS) or "runs")
        self.other_code = other_code or OtherCode()

    def folder(self, id: str) -> Path:
        return self.root / id

    def get(self, id: str) -> Run | None:
        """The finished run of this id, if any; raises InputError if its code has changed.

        `other_code` may say to retrain or accept it instead.
        """
        self.settle([id])
        return self.trained(id)

    def trained(self, id: str) -> Run | None:
        """The finished run of this id, whatever code it was trained by; changes nothing."""
        run = Run(self.folder(id))
        return run if (run.folder / FINISHED).exists() else None

    def divergence(self, id: str) -> str | None:
        """The reason why the run of this id diverged, if it did."""
        self.settle([id])
        path = self.folder(id) / DIVERGED
        return read_sealed(path)["reason"] if path.exists() else None

    def settle(self, ids: Iterable[str]) -> None:
        """Apply `other_code` to the results of these runs, all at once.

        Raises InputError, which names runs and changed modules, if it says nothing.
        """
        records = [self.folder(id) / name for id in ids for name in RESULTS]
        settle(records, self.other_code)

    def damaged(self) -> Iterator[Damaged]:
        """Verify all results and measurements of the store; yield what is wrong with each."""
        records = [path for name in RESULTS for path in self.root.glob(f"*/{name}")]
        for path in sorted([*records, *self.root.glob("measured/*.json")]):
            try:
                verify_result(path)
            except Damaged as error:
                yield error

    @contextlib.contextmanager
    def lock(self, id: str) -> Iterator[None]:
        """Held by one process at a time; the system releases it if the process dies."""
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
    """Remove damaged results, and apply `other_code` to those whose code has changed.

    `records` are sealed files with a `code`. To remove one makes its result count as absent, so
    that it is made again. Raises InputError, which names results and changed modules, if
    `other_code` says nothing.
    """
    stale: dict[Path, list[str]] = {}
    for path in records:
        if path.exists():
            try:
                record = verify_result(path)
            except Damaged as error:
                note(f"{error}; counts as absent", sys.stderr)
                path.unlink()
                continue
            plugins.need(record.get("plugins", []), str(path))
            if modules := code_hashes.changed(record["code"]):
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
        record = read_sealed(path)
        files = record.pop("files", {})
        before = {name: record["code"][name] for name in modules}
        accepted = {"reason": other_code.accept, "code": before}
        record["code"] |= code_hashes.hashes(modules)
        record["accepted"] = [*record.get("accepted", []), accepted]
        write_sealed(path, record, files)


def verify_result(path: Path) -> dict[str, Any]:
    """Return a result's record; raises Damaged, which names the file, unless all files match."""
    record = verify(path)
    cost = path.with_name(COST)
    if path.name in RESULTS and cost.exists():
        read_sealed(cost)
    return record


def _stale(stale: dict[Path, list[str]]) -> str:
    modules = list(dict.fromkeys(name for names in stale.values() for name in names))
    names = [path.parent.name if path.name in RESULTS else path.stem for path in stale]
    return (
        f"the code of {_few(modules)} has changed since {len(stale)} results were made "
        f"({_few(names)}); allowed: --retrain, which makes them again, or --accept-code REASON, "
        "if it gives the same numbers"
    )


def _few(names: list[str]) -> str:
    rest = len(names) - MAX_NAMED
    return ", ".join(names[:MAX_NAMED]) + (f" and {rest} more" if rest > 0 else "")
