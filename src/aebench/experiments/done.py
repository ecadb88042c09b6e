"""Whether a cell is done, and what the store has of it."""

from aebench.data.prepared import Prepared
from aebench.experiments.cell import Cell
from aebench.experiments.context import RunContext
from aebench.experiments.divergence import divergence
from aebench.experiments.outcome import Outcome
from aebench.experiments.run_cell import measure_input
from aebench.measures.stored import is_measured
from aebench.training.runs import DIVERGED, Run, RunStore


def is_done(cell: Cell, prepared: Prepared, store: RunStore) -> bool:
    """Whether nothing is left to train: the last run is finished, or one has diverged.

    A baseline is done when all its measures are.
    """
    if cell.recipe.baseline:
        input = measure_input(cell, prepared, store, None)
        return all(is_measured(measure, input) for measure in cell.recipe.measures)
    for spec in cell.specs(prepared):
        store.settle([spec.id])
        if (store.folder(spec.id) / DIVERGED).exists():
            return True
        if store.trained(spec.id) is None:
            return False
    return True


def stored_outcome(cell: Cell, context: RunContext) -> Outcome | None:
    """The outcome of a cell's runs, whatever code trained them; None if one is missing.

    Trains, measures and removes nothing.
    """
    ids: list[str] = []
    run = None
    for spec in cell.specs(context.prepared):
        ids.append(spec.id)
        diverged = Run(context.runs.folder(spec.id))
        if (diverged.folder / DIVERGED).exists():
            return Outcome(cell, "diverged", ids, diverged.record["reason"])
        run = context.runs.trained(spec.id)
        if run is None:
            return None
    if run and (reason := divergence(run, cell, context)):
        return Outcome(cell, "diverged", ids, reason)
    return Outcome(cell, "ok", ids)
