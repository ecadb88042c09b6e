"""The same work on several things: side by side in processes that share this machine's cores."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

from aebench.core.cores import cores
from aebench.core.progress import use_line
from aebench.training.device import device

T = TypeVar("T")
R = TypeVar("R")


def processes_for(jobs: int, threads: int) -> int:
    """How many of these jobs have cores of their own, `threads` of each; a GPU has one."""
    if device().type == "cuda":
        return 1
    return max(1, min(cores() // threads, jobs))


def apart(function: Callable[[T], R], arguments: Sequence[T], processes: int) -> list[R]:
    """The function's results, in the order of the arguments; the first error is raised at once.

    Each process has a line of the terminal for its bars.
    """
    from aebench.experiments.cluster import dask_client
    from aebench.experiments.workers import Workers

    with dask_client(Workers(processes)) as client:
        from distributed import as_completed

        futures = client.map(partial(_on_own_line, function), arguments, pure=False)
        for future in as_completed(futures):
            future.result()
        return [future.result() for future in futures]


def _on_own_line(function: Callable[[T], R], argument: T) -> R:
    from distributed import get_worker

    use_line(int(get_worker().name))
    return function(argument)
