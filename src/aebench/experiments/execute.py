"""Run many cells: one after another here, or on Dask's workers."""

import contextlib
import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING
from uuid import uuid4

from aebench.core.errors import InputError
from aebench.core.memory import needs_memory
from aebench.core.progress import bar
from aebench.experiments.cell import Cell
from aebench.experiments.context import RunContext
from aebench.experiments.outcome import Outcome
from aebench.experiments.run_cell import run_cell

if TYPE_CHECKING:
    from distributed import Client

# A process that has loaded PyTorch takes at least so much.
WORKER_BYTES = 100 * 2**20


def run_cells(
    cells: Sequence[Cell], context: RunContext, workers: int = 1, scheduler: str | None = None
) -> Iterator[Outcome]:
    """Run the cells; yields their outcomes in the order in which they finish.

    Several `workers` are processes on this machine that share its cores. With a `scheduler`
    (`tcp://...`) the workers are those of that Dask cluster, which must see this project's folder
    and run store under the same paths. When a worker dies, another one continues its cell from the
    last checkpoint.
    """
    if workers == 1 and scheduler is None:
        yield from (run_cell(cell, context) for cell in cells)
        return
    with dask_client(workers, scheduler) as client:
        from distributed import as_completed

        cells = interleave_duplicates(cells)
        # The cluster remembers results by their keys: those of other studies must differ.
        unique = uuid4().hex
        keys = [f"{cell.label}-{unique}" for cell in cells]
        futures = client.map(run_cell, cells, [context] * len(cells), key=keys, pure=False)
        by_key = dict(zip(keys, cells, strict=True))
        for future in as_completed(futures):
            if error := future.exception():
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
    workers: int,
    scheduler: str | None,
    title: str,
    on_outcome: Callable[[Outcome], None],
) -> list[Outcome]:
    """Run the cells with a progress bar; returns the outcomes in the order of the cells.

    Calls `on_outcome` with each outcome as it comes.
    """
    by_label: dict[str, Outcome] = {}
    finished = run_cells(cells, context, workers, scheduler)
    for outcome in bar(finished, desc=title, total=len(cells), unit="run"):
        by_label[outcome.cell.label] = outcome
        on_outcome(outcome)
    return [by_label[cell.label] for cell in cells]


@contextlib.contextmanager
def dask_client(workers: int, scheduler: str | None) -> Iterator["Client"]:
    """A client of `workers` processes on this machine, or of the cluster of `scheduler`."""
    import dask
    from distributed import Client, LocalCluster

    if scheduler:
        try:
            client = Client(scheduler, timeout="10s")
        except (OSError, ValueError) as error:
            raise InputError(f"--scheduler {scheduler}: {error}") from None
        with client:
            yield client
        return
    needs_memory(WORKER_BYTES * workers, f"--workers {workers}")
    threads = max(1, (os.cpu_count() or 1) // workers)
    settings = {
        # torch reads them once, when it is imported; busy waiting would slow the other workers.
        "distributed.nanny.pre-spawn-environ": {
            "OMP_NUM_THREADS": threads,
            "MKL_NUM_THREADS": threads,
            "OMP_WAIT_POLICY": "passive",
        },
        # A training may hold the interpreter for long; its worker is not dead.
        "distributed.scheduler.worker-ttl": None,
        "distributed.admin.tick.limit": "1h",
    }
    with (
        dask.config.set(settings),
        LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            memory_limit=0,
            host="127.0.0.1",
            dashboard_address=None,
        ) as cluster,
        Client(cluster) as client,
    ):
        yield client
