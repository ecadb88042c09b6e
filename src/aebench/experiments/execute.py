"""Many cells: one after another here, or shared out among Dask's workers."""

import contextlib
import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from uuid import uuid4

from aebench.core.errors import InputError
from aebench.core.progress import bar
from aebench.experiments.cell import Cell
from aebench.experiments.outcome import Outcome, RunContext, outcome


def outcomes(
    cells: Sequence[Cell], context: RunContext, workers: int = 1, scheduler: str | None = None
) -> Iterator[Outcome]:
    """The outcome of each cell, in the order in which they finish.

    With several `workers`, processes on this machine that share its cores; with a `scheduler`
    (`tcp://...`), those of that Dask cluster, which must see this project's folder and run store
    under the same paths. What a worker drops when it dies is taken up by another one, from its last
    checkpoint.
    """
    if workers == 1 and scheduler is None:
        yield from (outcome(cell, context) for cell in cells)
        return
    with dask_client(workers, scheduler) as client:
        from distributed import as_completed

        cells = interleave_duplicates(cells)
        # What a key stands for is remembered by the cluster: no other study may mean the same.
        once = uuid4().hex
        keys = [f"{cell.label}-{once}" for cell in cells]
        futures = client.map(outcome, cells, [context] * len(cells), key=keys, pure=False)
        by_key = dict(zip(keys, cells, strict=True))
        for future in as_completed(futures):
            if error := future.exception():
                # Its worker died of it, several times.
                reason = f"{type(error).__name__}: {error}"
                yield Outcome(by_key[future.key], "failed", [], reason)
            else:
                yield future.result()


def interleave_duplicates(cells: Sequence[Cell]) -> list[Cell]:
    """Reorder so that duplicate cells do not run at the same time.

    Of two cells with the same training, or the same baseline, the later one finds the other's
    result in the store; side by side, one worker would only wait for the other.
    """
    met = Counter()
    rounds = []
    for cell in cells:
        work = _work(cell)
        rounds.append(met[work])
        met[work] += 1
    return [cell for _, cell in sorted(zip(rounds, cells, strict=True), key=lambda pair: pair[0])]


def _work(cell: Cell) -> str:
    # Most baselines know no seed. What is measured of a training comes after it.
    if cell.recipe.baseline:
        return repr(cell.recipe)
    return repr([cell.seed, cell.recipe.model_copy(update={"measures": []})])


def in_order(
    cells: Sequence[Cell],
    context: RunContext,
    workers: int,
    scheduler: str | None,
    title: str,
    told: Callable[[Outcome], None],
) -> list[Outcome]:
    """The outcomes in the order of the cells, with a bar; `told` hears each when it is there."""
    found: dict[str, Outcome] = {}
    ending = outcomes(cells, context, workers, scheduler)
    for result in bar(ending, desc=title, total=len(cells), unit="run"):
        found[result.cell.label] = result
        told(result)
    return [found[cell.label] for cell in cells]


@contextlib.contextmanager
def dask_client(workers: int, scheduler: str | None):
    """Connected to `workers` processes here, or to the cluster of `scheduler`."""
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
    threads = max(1, (os.cpu_count() or 1) // workers)
    settings = {
        # torch reads them once, when it is imported; busy waiting would slow the neighbours.
        "distributed.nanny.pre-spawn-environ": {
            "OMP_NUM_THREADS": threads,
            "MKL_NUM_THREADS": threads,
            "OMP_WAIT_POLICY": "passive",
        },
        # A training may hold the interpreter for long: no reason to give its worker up.
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
