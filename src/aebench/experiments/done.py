"""Whether a cell is done."""

from aebench.data.prepared import Prepared
from aebench.experiments.cell import Cell
from aebench.experiments.run_cell import measure_input
from aebench.measures.stored import is_measured
from aebench.training.runs import RunStore


def is_done(cell: Cell, prepared: Prepared, store: RunStore) -> bool:
    """Whether nothing is left to train: the last run is finished, or one has diverged.

    A baseline is done when all its measures are.
    """
    if cell.recipe.baseline:
        input = measure_input(cell, prepared, store, None)
        return all(is_measured(measure, input) for measure in cell.recipe.measures)
    for spec in cell.specs(prepared):
        if store.divergence(spec.id):
            return True
        if store.get(spec.id) is None:
            return False
    return True
