"""Where trials are trained: here, one at a time, or on Dask's workers; reports come back live.

A worker asks after each epoch and waits for the answer, through Dask itself: so it needs no access
to Optuna's storage, which only the driver reads and writes, and a trial ends at the very epoch at
which the pruner says so. An answer takes milliseconds.
"""

import queue
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from aebench.experiments.cell import Cell
from aebench.experiments.context import RunContext
from aebench.experiments.execute import dask_client
from aebench.experiments.outcome import Outcome
from aebench.experiments.run_cell import run_cell

# Trial, epoch, validation loss -> whether to end the trial.
Judge = Callable[[int, int, float], bool]
# How long a worker waits for an answer: a driver that is gone gives none.
PATIENCE = "10 minutes"


class LocalPool:
    """One trial at a time, in this process."""

    def __init__(self, context: RunContext, judge: Judge):
        self.context, self.judge = context, judge
        self.waiting: list[tuple[int, Cell]] = []

    def __enter__(self) -> "LocalPool":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    @property
    def free(self) -> bool:
        return not self.waiting

    def submit(self, number: int, cell: Cell) -> None:
        self.waiting.append((number, cell))

    def next(self) -> tuple[int, Outcome]:
        """A trial that has come to its end."""
        number, cell = self.waiting.pop()
        return number, run_cell(cell, self.context, lambda *report: self.judge(number, *report))


class DaskPool:
    """As many trials at a time as Dask has workers; what one drops when it dies, another takes."""

    def __init__(self, context: RunContext, judge: Judge, workers: int, scheduler: str | None):
        self.context, self.judge = context, judge
        # What a name stands for is remembered by the cluster: no other driver may mean the same.
        self.name = f"sweep-{uuid4().hex}"
        self.cluster = dask_client(workers, scheduler)
        self.events: queue.Queue = queue.Queue()
        self.running: dict[int, tuple[Cell, Any]] = {}

    def __enter__(self) -> "DaskPool":
        self.client = self.cluster.__enter__()
        self.client.subscribe_topic(self.name, lambda event: self.events.put(event[1]))
        return self

    def __exit__(self, *error: object) -> None:
        self.cluster.__exit__(*error)

    @property
    def free(self) -> bool:
        return len(self.running) < max(1, len(self.client.nthreads()))

    def submit(self, number: int, cell: Cell) -> None:
        report = Report(self.name, number)
        key = f"{self.name}: trial {number}"
        future = self.client.submit(run_cell, cell, self.context, report, key=key, pure=False)
        self.running[number] = (cell, future)
        future.add_done_callback(lambda _: self.events.put([number]))

    def next(self) -> tuple[int, Outcome]:
        from distributed import Queue

        while True:
            number, *report = self.events.get()
            if number not in self.running:
                # A last word from a worker that was given up.
                continue
            cell, future = self.running[number]
            if report:
                answers, epoch, loss = report
                Queue(answers, client=self.client).put(self.judge(number, epoch, loss))
                continue
            del self.running[number]
            if error := future.exception():
                # Its worker died, and so did others that took it up: most likely of memory.
                reason = f"{type(error).__name__}: {error}"
                return number, Outcome(cell, "out of memory", [], reason)
            return number, future.result()


@dataclass(frozen=True)
class Report:
    """A worker's side: tells the driver of an epoch and waits for its answer."""

    topic: str
    number: int

    def __call__(self, epoch: int, loss: float) -> bool:
        from distributed import Queue, get_client, get_worker

        worker = get_worker()
        # A queue of this worker's own: another one that died while it waited would still take an
        # answer from a common one, and this one wait for ever.
        answers = Queue(f"{self.topic}-{self.number}-{worker.id}", client=get_client())
        worker.log_event(self.topic, [self.number, answers.name, epoch, loss])
        return answers.get(timeout=PATIENCE)
