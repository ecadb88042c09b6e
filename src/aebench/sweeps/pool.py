"""Trains trials: one at a time in this process, or in parallel on Dask's workers.

After each epoch a worker sends the loss to the driver, through Dask, and waits for the answer,
which takes milliseconds. Workers therefore need no access to Optuna's storage, which only the
driver reads and writes, and a trial ends at the very epoch at which the pruner says so.
"""

import queue
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Protocol, Self
from uuid import uuid4

from aebench.core.stops import disk_error
from aebench.experiments.cell import Cell
from aebench.experiments.cluster import dask_client
from aebench.experiments.context import RunContext
from aebench.experiments.outcome import Outcome
from aebench.experiments.run_cell import run_cell
from aebench.experiments.workers import Workers

# Trial number, epoch, validation loss -> whether to prune the trial.
ShouldPrune = Callable[[int, int, float], bool]
# How long a worker waits for an answer: a driver that was killed sends none.
ANSWER_TIMEOUT = "10 minutes"


class Pool(Protocol):
    """Trains the trials that are submitted, within a `with` block."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *error: Any) -> None: ...

    @property
    def free(self) -> bool:
        """Whether another trial would begin at once."""
        ...

    def submit(self, number: int, cell: Cell) -> None:
        """Begin to train trial `number`."""
        ...

    def wait(self) -> tuple[int, Outcome]:
        """Wait until a trial ends; returns its number and its outcome."""
        ...


class LocalPool:
    """Trains one trial at a time, in this process."""

    def __init__(self, context: RunContext, should_prune: ShouldPrune):
        self.context, self.should_prune = context, should_prune
        self.waiting: list[tuple[int, Cell]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: Any) -> None:
        pass

    @property
    def free(self) -> bool:
        return not self.waiting

    def submit(self, number: int, cell: Cell) -> None:
        self.waiting.append((number, cell))

    def wait(self) -> tuple[int, Outcome]:
        number, cell = self.waiting.pop()

        def should_prune(epoch: int, loss: float) -> bool:
            return self.should_prune(number, epoch, loss)

        return number, run_cell(cell, self.context, should_prune)


class DaskPool:
    """Trains as many trials at a time as Dask has workers; trials of dead workers go to others."""

    def __init__(self, context: RunContext, should_prune: ShouldPrune, workers: Workers):
        self.context, self.should_prune = context, should_prune
        # Dask remembers results by their keys, so no two drivers may use the same ones.
        self.name = f"sweep-{uuid4().hex}"
        self.workers = workers
        self.exit = ExitStack()
        # Events are [trial number], when a trial ends, or the arguments of EpochReporter's event.
        self.events: queue.Queue[list[Any]] = queue.Queue()
        self.running: dict[int, tuple[Cell, Any]] = {}

    def __enter__(self) -> Self:
        self.client = self.exit.enter_context(dask_client(self.workers))
        self.client.subscribe_topic(self.name, lambda event: self.events.put(event[1]))
        return self

    def __exit__(self, *error: Any) -> None:
        self.exit.__exit__(*error)

    @property
    def free(self) -> bool:
        return len(self.running) < max(1, len(self.client.nthreads()))

    def submit(self, number: int, cell: Cell) -> None:
        reporter = EpochReporter(self.name, number)
        key = f"{self.name}: trial {number}"
        future = self.client.submit(run_cell, cell, self.context, reporter, key=key, pure=False)
        self.running[number] = (cell, future)
        future.add_done_callback(lambda _: self.events.put([number]))

    def wait(self) -> tuple[int, Outcome]:
        while True:
            number, *report = self.events.get()
            if number not in self.running:
                # A late report of a worker that Dask had given up.
                continue
            if report:
                self._answer(number, *report)
                continue
            cell, future = self.running.pop(number)
            if error := future.exception():
                if disk_error(error):
                    raise error
                # Several workers died of this trial, most likely since memory ran out.
                reason = f"{type(error).__name__}: {error}"
                return number, Outcome(cell, "out of memory", [], reason)
            return number, future.result()

    def _answer(self, number: int, answers: str, epoch: int, loss: float) -> None:
        from distributed import Queue

        Queue(answers, client=self.client).put(self.should_prune(number, epoch, loss))


@dataclass(frozen=True)
class EpochReporter:
    """Called on a worker after each epoch: sends the loss to the driver, waits for the answer."""

    topic: str
    number: int

    def __call__(self, epoch: int, loss: float) -> bool:
        from distributed import Queue, get_client, get_worker

        worker = get_worker()
        # A queue for each worker: one that died while it waited would still take an answer from a
        # shared queue, and this worker would wait for ever.
        answers = Queue(f"{self.topic}-{self.number}-{worker.id}", client=get_client())
        worker.log_event(self.topic, [self.number, answers.name, epoch, loss])
        return answers.get(timeout=ANSWER_TIMEOUT)
