"""Tracking while a training runs, from a thread of its own: MLflow may be slow, hang or be gone."""

import queue
import threading
from collections import deque
from collections.abc import Callable

from aebench.tracking.entry import Entry
from aebench.tracking.pictures import pictures
from aebench.tracking.server import client, reason, say_stopped
from aebench.training.runs import Run, RunSpec

# How long the end of a training waits for its log, in seconds; once a process at most, since a
# tracker that has waited in vain gives up for all that come after it.
GRACE = 30.0
# The same where the training was broken off: somebody waits for the process to end.
SHORT_GRACE = 5.0


class LiveTracker:
    """Logs a training as it goes on. Never raises, never makes the training wait but at its end.

    At the first failure in a process it says so and stops, also for the process's later trainings;
    `aebench track` completes the log.
    """

    _stopped = False

    def __init__(self, dataset: str):
        self.dataset = dataset
        self.entry: Entry | None = None
        self.rows: deque[dict[str, float]] = deque()
        self.tasks: queue.Queue[Callable[[], None] | None] = queue.Queue()
        # A daemon: a server that hangs must not keep the process from ending.
        self.thread = threading.Thread(target=self._work, name="mlflow", daemon=True)

    def __enter__(self) -> "LiveTracker":
        self.thread.start()
        return self

    def __exit__(self, error: type[BaseException] | None, *_: object) -> None:
        if error:
            status = "FAILED" if issubclass(error, Exception) else "KILLED"
            self.tasks.put(lambda: self.entry and self.entry.break_off(status))
        self.tasks.put(None)
        grace = SHORT_GRACE if error else GRACE
        if not LiveTracker._stopped:
            self.thread.join(grace)
            if self.thread.is_alive():
                self._stop(f"no answer within {grace:g} s")

    def begin(self, label: str, spec: RunSpec) -> None:
        def task():
            self.entry = Entry.open(client(), self.dataset, label, spec)

        self.tasks.put(task)

    def epoch(self, row: dict[str, float]) -> None:
        self.rows.append(row)
        self.tasks.put(self._log_rows)

    def end(self, run: Run) -> None:
        if LiveTracker._stopped:
            return
        try:
            # Here, not in the thread: it builds the model, and another training could have begun
            # by then whose random numbers that would use up.
            drawn = pictures(self.dataset, run)
        except Exception as error:
            self._stop(reason(error))
        else:
            self.tasks.put(lambda: self.entry.finish(run, drawn))

    def _log_rows(self) -> None:
        # All that have come since: a slow server needs less than a call an epoch.
        self.entry.log_rows([self.rows.popleft() for _ in range(len(self.rows))])

    def _work(self) -> None:
        while task := self.tasks.get():
            if LiveTracker._stopped:
                return
            try:
                task()
            # Whatever goes wrong in a log, the training goes on.
            except Exception as error:
                self._stop(reason(error))

    def _stop(self, why: str) -> None:
        if not LiveTracker._stopped:
            LiveTracker._stopped = True
            say_stopped(why, "the training goes on, `aebench track` completes the log later")
