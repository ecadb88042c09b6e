"""Logging during a training, from a thread of its own, since MLflow may be slow or hang."""

import queue
import threading
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from aebench.tracking.entry import Entry
from aebench.tracking.pictures import pictures
from aebench.tracking.server import client, reason, report_stopped
from aebench.training.runs import Run, RunSpec

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Seconds that the end of a training waits for its log; at most once a process, since a tracker that
# has waited in vain stops all later ones, too.
GRACE = 30.0
# The same after an interruption: somebody waits for the process to end.
SHORT_GRACE = 5.0
# Seconds between two calls of MLflow, since one takes as long as some epochs of a small net.
INTERVAL = 2.0


class LiveTracker:
    """Logs a training while it runs. Never raises, and delays the training only at its end.

    After the first failure in a process it prints a line and stops, also for later trainings of the
    process; `aebench track` completes the log.
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
            self.tasks.put(self._log_rows)
            self.tasks.put(lambda: self._terminate(status))
        self.tasks.put(None)
        if LiveTracker._stopped:
            return
        if error:
            # What has ended the training is said elsewhere; it needs no second line.
            self.thread.join(SHORT_GRACE)
            return
        self.thread.join(GRACE)
        if self.thread.is_alive():
            self._stop(f"no answer within {GRACE:g} s")

    def begin(self, label: str, spec: RunSpec) -> None:
        def task() -> None:
            self.entry = Entry.open(client(), self.dataset, label, spec)

        self.tasks.put(task)

    def epoch(self, row: dict[str, float]) -> None:
        self.rows.append(row)

    def end(self, run: Run) -> None:
        if LiveTracker._stopped:
            return
        try:
            # Not in the thread: it builds the model, which would consume random numbers of the next
            # training.
            figures = pictures(self.dataset, run)
        except Exception as error:
            self._stop(reason(error))
        else:
            self.tasks.put(lambda: self._finish(run, figures))

    # Tasks, run in the thread. Without an entry the first task has failed, which ends the thread.

    def _log_rows(self) -> None:
        if self.entry and self.rows:
            rows = [self.rows[i] for i in range(len(self.rows))]
            self.entry.log_rows(rows)
            # Only now: what is left in `rows` is not logged yet.
            for _ in rows:
                self.rows.popleft()

    def _finish(self, run: Run, figures: dict[str, "Figure"]) -> None:
        if self.entry:
            self.entry.finish(run, figures)

    def _terminate(self, status: str) -> None:
        if self.entry:
            self.entry.terminate(status)

    def _next(self) -> Callable[[], None] | None:
        """The next task; while there is none, the rows are logged from time to time."""
        try:
            return self.tasks.get(timeout=INTERVAL)
        except queue.Empty:
            return self._log_rows

    def _work(self) -> None:
        while task := self._next():
            if LiveTracker._stopped:
                return
            try:
                task()
            # The training must not end because of its log.
            except Exception as error:
                self._stop(reason(error))

    def _stop(self, why: str) -> None:
        if not LiveTracker._stopped:
            LiveTracker._stopped = True
            report_stopped(why, "the training goes on, `aebench track` completes the log later")
