"""Run many cells: one after another here, or on Dask's workers."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from uuid import uuid4

from aebench.core.progress import bar
from aebench.core.stops import disk_error
from aebench.experiments.cell import Cell
from aebench.experiments.cluster import dask_client
from aebench.experiments.context import RunContext
from aebench.experiments.outcome import Outcome
from aebench.experiments.run_cell import run_cell
from aebench.experiments.workers import ALONE, Workers


def run_cells(
    cells: Sequence[Cell], context: RunContext, workers: Workers = ALONE
) -> Iterator[Outcome]:
    """Run the cells; yields their outcomes in the order in which they finish.

    When a worker dies, another one continues its cell from the last checkpoint.
    """
    if workers.alone:
        yield from (run_cell(cell, context) for cell in cells)
        return
    with dask_client(workers) as client:
        from distributed import as_completed

        cells = interleave_duplicates(cells)
        # The cluster remembers results by their keys: those of other studies must differ.
        unique = uuid4().hex
        keys = [f"{cell.label}-{unique}" for cell in cells]
        futures = client.map(run_cell, cells, [context] * len(cells), key=keys, pure=False)
        by_key = dict(zip(keys, cells, strict=True))
        for future in as_completed(futures):
            if error := future.exception():
                if disk_error(error):
                    raise error
                # It killed several workers.
                reason = f"{type(error).__name__}: {error}"
                yield Outcome(by_key[future.key], "failed", [], reason)
            else:
                yield future.result()


def interleave_duplicates(cells: Sequence[Cell]) -> list[Cell]:
    """Reorder so that duplicate cells do not run at the same time.

    Of two cells with the same training, or the same baseline, the later one finds the other's
    result in the store; side by side, one worker would only wait for the other.
    """
    repeats: Counter[str] = Counter()
    rounds = []
    for cell in cells:
        key = _duplicate_key(cell)
        rounds.append(repeats[key])
        repeats[key] += 1
    return [cell for _, cell in sorted(zip(rounds, cells, strict=True), key=lambda pair: pair[0])]


def _duplicate_key(cell: Cell) -> str:
    """The same text for cells that do the same work."""
    # Most baselines have no seed. Measures do not change the training before them.
    if cell.recipe.baseline:
        return repr(cell.recipe)
    return repr([cell.seed, cell.recipe.model_copy(update={"measures": []})])


def run_cells_in_order(
    cells: Sequence[Cell],
    context: RunContext,
    workers: Workers,
    title: str,
    on_outcome: Callable[[Outcome], None],
) -> list[Outcome]:
    """Run the cells with a progress bar; returns the outcomes in the order of the cells.

    Calls `on_outcome` with each outcome as it comes.
    """
    by_label: dict[str, Outcome] = {}
    finished = run_cells(cells, context, workers)
    for outcome in bar(finished, desc=title, total=len(cells), unit="run"):
        by_label[outcome.cell.label] = outcome
        on_outcome(outcome)
    return [by_label[cell.label] for cell in cells]
