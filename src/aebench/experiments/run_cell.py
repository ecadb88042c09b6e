"""Run a cell: train its models in order, then measure the last one, or the baseline."""

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from aebench.core import paths, plugins
from aebench.core.errors import Diverged, InputError, Pruned
from aebench.core.stops import disk_error
from aebench.core.urls import hide_passwords
from aebench.data.prepared import Prepared
from aebench.experiments.cell import Cell
from aebench.experiments.context import RunContext
from aebench.experiments.divergence import divergence
from aebench.experiments.outcome import Outcome, Status
from aebench.measures.inputs import BaselineInput, MeasureInput, RunInput
from aebench.measures.stored import measure_or_load, record_path
from aebench.training.device import threads
from aebench.training.runs import Run, RunStore, settle
from aebench.training.train import train_run

if TYPE_CHECKING:
    from aebench.training.callbacks import PruningCallback

# A worker may have several threads, but torch has one random number generator for all of them.
_ONE_AT_A_TIME = threading.Lock()


def run_cell(
    cell: Cell, context: RunContext, prune: Callable[[int, float], bool] | None = None
) -> Outcome:
    """Train the cell's runs, or find them in the store.

    Raises nothing but what stops all cells: an interruption, or the error of a disk.

    `prune` gets each epoch and validation loss of the last run; where it returns True, the run ends
    and the outcome is pruned.
    """
    ids: list[str] = []
    try:
        with _ONE_AT_A_TIME:
            run = _train(cell, context, ids, prune)
            # Its best weights may be from before it diverged, but they are not its result.
            if run and (reason := divergence(run, cell, context)):
                return Outcome(cell, "diverged", ids, reason)
            records = _measure(cell, context, run)
    except Diverged as error:
        return Outcome(cell, "diverged", ids, str(error))
    except Pruned as error:
        return Outcome(cell, "pruned", ids, str(error))
    # An error in one cell must not stop the others; the study reports it at its end.
    except Exception as error:
        if disk_error(error):
            raise
        status: Status = "out of memory" if _out_of_memory(error) else "failed"
        reason = plugins.blame(error) or f"{type(error).__name__}: {error}"
        # It goes to MLflow, too.
        return Outcome(cell, status, ids, hide_passwords(reason))
    return Outcome(cell, "ok", ids, records=records)


def measure_input(cell: Cell, prepared: Prepared, store: RunStore, run: Run | None) -> MeasureInput:
    """The input of the cell's measures: its baseline, or `run`, the last of its runs."""
    baseline, prepared = cell.recipe.baseline, cell.data(prepared)
    if baseline:
        unseen = cell.recipe.training.without or ()
        return BaselineInput(baseline, prepared, store, cell.seed, unseen)
    assert run, "a cell without a baseline is measured by its last run"
    return RunInput(run, prepared, store)


def settle_cells(cells: Sequence[Cell], context: RunContext) -> None:
    """Apply `context.other_code` to all stored results of the cells that other code made.

    Raises InputError, which names the results, where it allows neither retraining nor reuse.
    """
    prepared, store = context.prepared, context.runs
    ids = [[spec.id for spec in cell.specs(prepared)] for cell in cells]
    store.settle(dict.fromkeys(id for own in ids for id in own))
    records: list[Path] = []
    for cell, own in zip(cells, ids, strict=True):
        run = store.get(own[-1]) if own else None
        if run or cell.recipe.baseline:
            source = measure_input(cell, prepared, store, run)
            records += [record_path(measure, source) for measure in cell.recipe.measures]
    settle(dict.fromkeys(records), context.other_code)


def _train(
    cell: Cell, context: RunContext, ids: list[str], prune: Callable[[int, float], bool] | None
) -> Run | None:
    """The last run; appends the id of each run to `ids` before it starts."""
    prepared = context.prepared
    if prepared.checksum != context.checksum:
        raise InputError(
            f"{paths.prepared(context.dataset)}: not the data that the work began with"
        )
    specs, data = cell.specs(prepared), cell.data(prepared)
    run, pruning = None, _pruning(prune) if prune else None
    for depth, spec in enumerate(specs, start=1):
        ids.append(spec.id)
        last = depth == len(specs)
        label = cell.label if last else f"layer {depth}, {cell.label}"
        callback = pruning if last else None
        run = train_run(spec, data, label, context.runs, run, progress=False, pruning=callback)
    return run


def _pruning(prune: Callable[[int, float], bool]) -> "PruningCallback":
    # Imports Lightning, which takes seconds.
    from aebench.training.callbacks import PruningCallback

    return PruningCallback(prune)


def _measure(cell: Cell, context: RunContext, run: Run | None) -> tuple[str, ...]:
    """Measure, or find what was measured; returns the records' names."""
    source = measure_input(cell, context.prepared, context.runs, run)
    with threads(cell.recipe.threads):
        return tuple(
            measure_or_load(measure, source).record.stem for measure in cell.recipe.measures
        )


def _out_of_memory(error: Exception) -> bool:
    # torch has an exception of its own for a GPU's memory, but none for the CPU's.
    kinds = (MemoryError, torch.OutOfMemoryError)
    return isinstance(error, kinds) or "can't allocate memory" in str(error)
