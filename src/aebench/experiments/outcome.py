"""What becomes of a cell: its trainings, and what is measured of the last one or the baseline."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import torch

from aebench.core import paths, plugins
from aebench.core.errors import Diverged, InputError
from aebench.data.pixels import to_float
from aebench.data.prepared import Prepared
from aebench.experiments.cell import Cell
from aebench.measures.measured import StoredResult, kept, measured, record_of
from aebench.measures.subject import Subject
from aebench.training.callbacks import Pruned, PruningCallback
from aebench.training.device import threads
from aebench.training.runs import OtherCode, Run, RunStore
from aebench.training.runs import settle as settle_records
from aebench.training.train import train_run

# A validation error of more than so many times that of the mean image.
RISEN = 1.5
# What has not been brought to its end for reasons that are not its own.
FAILED = ("failed", "out of memory")
# A worker may have several threads, but torch has one random number generator for all of them.
_ONE_AT_A_TIME = threading.Lock()


@dataclass(frozen=True)
class RunContext:
    """Where a cell is run, so that a worker elsewhere finds the same data and run store."""

    dataset: str
    checksum: str
    store: Path
    other_code: OtherCode

    @classmethod
    def here(
        cls, dataset: str, prepared: Prepared, other_code: OtherCode | None = None
    ) -> "RunContext":
        """This process's store, under its full path."""
        root = RunStore().root.resolve()
        return cls(dataset, prepared.checksum, root, other_code or OtherCode())

    @property
    def runs(self) -> RunStore:
        return RunStore(self.store, self.other_code)


@dataclass(frozen=True)
class Outcome:
    """What became of a cell; `runs` are the ids of its runs, `records` what was measured.

    A baseline has no runs.

    `status` is ok, diverged, pruned, or one of FAILED. A training that was not brought to its end
    is the last of them, and may have left a history only, or nothing.
    """

    cell: Cell
    status: str
    runs: list[str]
    reason: str = ""
    records: tuple[str, ...] = ()

    @property
    def measured(self) -> list[StoredResult]:
        """What its recipe's measures have found, in this process's store."""
        return [kept(RunStore(), record) for record in self.records]

    @property
    def trained(self) -> list[Run]:
        """The runs' folders in this process's store."""
        return [Run(RunStore().folder(id)) for id in self.runs]

    @cached_property
    def gradients_an_evaluation(self) -> int:
        """A Hessian-vector product costs about another gradient."""
        return 2 if self.cell.recipe.training.optimizer.second_order else 1


def outcome(
    cell: Cell, context: RunContext, unwanted: Callable[[int, float], bool] | None = None
) -> Outcome:
    """Train the cell's runs, or find them in the store. Never raises but when it is interrupted.

    `unwanted` is told each epoch and validation loss of the last run, and says whether to end it.
    """
    ids: list[str] = []
    try:
        with _ONE_AT_A_TIME:
            run = _train(cell, context, ids, PruningCallback(unwanted) if unwanted else None)
            # The best weights before that may be kept; what the training came to is no result.
            if run and (reason := _no_result(run, context)):
                return Outcome(cell, "diverged", ids, reason)
            records = _measure(cell, context, run)
    except Diverged as error:
        return Outcome(cell, "diverged", ids, str(error))
    except Pruned as error:
        return Outcome(cell, "pruned", ids, str(error))
    # Whatever goes wrong in one cell, the others go on; the study says so at its end.
    except Exception as error:
        status = "out of memory" if _out_of_memory(error) else "failed"
        reason = plugins.blame(error) or f"{type(error).__name__}: {error}"
        return Outcome(cell, status, ids, reason)
    return Outcome(cell, "ok", ids, records=records)


def _no_result(run: Run, context: RunContext) -> str:
    if run.diverged:
        return "its loss became infinite or no number"
    start = Run(context.runs.folder(run.spec.start)) if run.spec.start else None
    if rose(run, start, _prepared_of(context)):
        return f"its error rose to more than {RISEN:g} times that of the mean image"
    return ""


def rose(run: Run, start: Run | None, prepared: Prepared) -> bool:
    """Whether a training to reconstruct has ended worse than it began, and than one image for all.

    It began with `start`, the run that it goes on from, or with its own first epoch. One that is
    merely slow may be that bad too, but does not rise.
    """
    if not hasattr(run.spec.objective, "loss"):
        return False
    history = run.history
    first, last = (history[at]["validation_sse_per_image"] for at in (0, -1))
    if last <= (start.metrics["validation"]["sse_per_image"] if start else first):
        return False
    train, validation = (
        to_float(torch.from_numpy(prepared.part(part)[0])) for part in ("train", "validation")
    )
    mean = (validation - train.mean(0)).square().flatten(1).sum(1).mean()
    return last > RISEN * mean.item()


def _train(
    cell: Cell, context: RunContext, ids: list[str], reports: PruningCallback | None
) -> Run | None:
    prepared = _prepared_of(context)
    if prepared.checksum != context.checksum:
        raise InputError(
            f"{paths.prepared(context.dataset)}: not the data that the work began with"
        )
    specs = cell.specs(prepared)
    run = None
    for depth, spec in enumerate(specs, start=1):
        ids.append(spec.id)
        last = depth == len(specs)
        label = cell.label if last else f"layer {depth}, {cell.label}"
        heard = reports if last else None
        run = train_run(spec, prepared, label, context.runs, run, progress=False, pruning=heard)
    return run


def _measure(cell: Cell, context: RunContext, run: Run | None) -> tuple[str, ...]:
    subject = subject_of(cell, _prepared_of(context), context.runs, run)
    with threads(cell.recipe.threads):
        return tuple(measured(one, subject).record.stem for one in cell.recipe.measures)


def settle(cells: Sequence[Cell], context: RunContext) -> None:
    """Provide for all results of these cells that are of other code, at once.

    Raises InputError, which names them, where nothing is provided for.
    """
    prepared, store = _prepared_of(context), context.runs
    ids = [[spec.id for spec in cell.specs(prepared)] for cell in cells]
    store.settle(dict.fromkeys(id for own in ids for id in own))
    records: list[Path] = []
    for cell, own in zip(cells, ids, strict=True):
        run = store.get(own[-1]) if own else None
        if run or cell.recipe.baseline:
            subject = subject_of(cell, prepared, store, run)
            records += [record_of(measure, subject) for measure in cell.recipe.measures]
    settle_records(dict.fromkeys(records), context.other_code)


def subject_of(cell: Cell, prepared: Prepared, store: RunStore, run: Run | None) -> Subject:
    """What the cell's measures are of: its last run, or its baseline."""
    recipe = cell.recipe
    unseen = recipe.training.without or ()
    return Subject(run, prepared, store, recipe.baseline, cell.seed, unseen)


def _out_of_memory(error: Exception) -> bool:
    # torch has an exception of its own for a GPU's memory, but none for the CPU's.
    kinds = (MemoryError, torch.OutOfMemoryError)
    return isinstance(error, kinds) or "can't allocate memory" in str(error)


def _prepared_of(context: RunContext) -> Prepared:
    path = paths.prepared(context.dataset)
    return _prepared(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=1)
def _prepared(path: Path, _written: int) -> Prepared:
    return Prepared.load(path)
