"""Tracking while a training runs, from a thread of its own: MLflow may be slow, hang or be gone."""

import queue
import sys
import threading
from collections.abc import Callable

from aebench.tracking import entry
from aebench.tracking.server import client, tracking_uri
from aebench.training.runs import Run, RunSpec

# How long the end of a training waits for its log, in seconds.
GRACE = 30.0


class LiveTracker:
    """Logs a training as it goes on. Never raises, never makes the training wait but at its end.

    At the first failure it says so once and stops; `aebench track` completes the log later.
    """

    _broken = False  # One message a process, also where it trains many runs.

    def __init__(self, dataset: str):
        self.dataset = dataset
        self.client = self.entry = None
        self.tasks: queue.Queue[Callable[[], None] | None] = queue.Queue()
        self.thread = threading.Thread(target=self._work, daemon=True)

    def __enter__(self) -> "LiveTracker":
        self.thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.tasks.put(None)
        self.thread.join(GRACE)
        if self.thread.is_alive():
            self._give_up(f"no answer within {GRACE:g} s")

    def begin(self, label: str, spec: RunSpec) -> None:
        def task():
            self.client = client()
            self.entry = entry.open_entry(self.client, self.dataset, label, spec)

        self.tasks.put(task)

    def epoch(self, row: dict[str, float]) -> None:
        self.tasks.put(lambda: entry.log_row(self.client, self.entry, row))

    def end(self, run: Run) -> None:
        self.tasks.put(lambda: entry.complete(self.client, self.entry, self.dataset, run))

    def _work(self) -> None:
        while task := self.tasks.get():
            if LiveTracker._broken:
                continue
            try:
                task()
            # Whatever goes wrong in a log, the training goes on.
            except Exception as error:
                reason = str(error).splitlines()
                self._give_up(reason[0] if reason else type(error).__name__)

    def _give_up(self, reason: str) -> None:
        if not LiveTracker._broken:
            LiveTracker._broken = True
            print(
                f"MLflow at {tracking_uri()} cannot be used ({reason[:200]}); "
                "training goes on, `aebench track` completes the log later",
                file=sys.stderr,
            )
