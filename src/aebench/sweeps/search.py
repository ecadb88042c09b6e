"""The search of a sweep: its trials, without the selection among the best of them."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import optuna
from optuna.trial import FrozenTrial, TrialState

from aebench.core.progress import bar
from aebench.data.prepared import Prepared
from aebench.experiments.context import RunContext
from aebench.experiments.outcome import Outcome
from aebench.experiments.workers import ALONE, Workers
from aebench.sweeps import points
from aebench.sweeps.config import Sweep
from aebench.sweeps.driver import REASON, RUNS, STATUS, Driver, TrialResult
from aebench.sweeps.pool import DaskPool, LocalPool, ShouldPrune
from aebench.sweeps.space import overrides_of
from aebench.sweeps.storage import check_storage, open_storage, study_name
from aebench.sweeps.tracking import SweepTracker
from aebench.training.runs import RunStore


@dataclass(frozen=True)
class Search:
    """Everything that the search of a sweep on a data set needs."""

    name: str
    dataset: str
    sweep: Sweep
    prepared: Prepared
    context: RunContext
    storage: str
    workers: Workers = ALONE

    @cached_property
    def study_name(self) -> str:
        return study_name(self.sweep, self.name, self.dataset, self.prepared)

    def varied(self, **changes: Any) -> "Search":
        """Return the same search with other values of its sweep."""
        return replace(self, sweep=self.sweep.model_copy(update=changes))

    @contextlib.contextmanager
    def open(self) -> Iterator[tuple[Driver, SweepTracker]]:
        """Yield the driver and the log of the study; other processes that open it wait."""
        # Before the lock, whose file a storage that is refused need not leave.
        check_storage(self.storage)
        with RunStore().lock(f"sweep-{self.study_name.replace(' ', '-')}"):
            self._settle()
            driver = Driver(self.sweep, self.study_name, self.prepared, self.storage)
            with SweepTracker(self.dataset, self.study_name, self.prepared) as tracker:
                yield driver, tracker

    def run(self, driver: Driver, tracker: SweepTracker) -> list[Outcome]:
        """Train the trials that are left; returns their outcomes."""
        for trial in driver.finished:
            # Completes the log of a driver that was killed.
            tracker.add_trial(TrialResult(trial, self.outcome(driver, trial)))
        outcomes = []
        with bar(
            desc=f"sweep {self.name}",
            initial=len(driver.finished),
            total=driver.total,
            unit="trial",
        ) as progress:
            progress.set_postfix_str(_standing(driver))
            for result in driver.run(self._pool):
                tracker.add_trial(result)
                outcomes.append(result.outcome)
                progress.set_postfix_str(_standing(driver), refresh=False)
                progress.update()
        return outcomes

    def outcome(self, driver: Driver, trial: FrozenTrial) -> Outcome:
        """Restore the outcome of a finished trial from its attributes."""
        overrides = overrides_of(driver.space, trial.params)
        cell = points.cell(self.sweep, {"trial": trial.number}, overrides, self.sweep.seed)
        attributes = trial.user_attrs
        return Outcome(cell, attributes[STATUS], attributes[RUNS], attributes[REASON])

    def _settle(self) -> None:
        """Settle the trials' runs that were made by other code; with --retrain, search anew.

        A sampler knows the losses of all trials, so a part of them cannot be trained again.
        """
        storage = open_storage(self.storage)
        names = [summary.study_name for summary in optuna.get_all_study_summaries(storage)]
        if self.study_name not in names:
            return
        study = optuna.load_study(study_name=self.study_name, storage=storage)
        ids = [id for trial in study.trials for id in trial.user_attrs.get(RUNS, [])]
        folders = [path for id in ids if (path := self.context.runs.folder(id)).exists()]
        before = {path: sorted(path.glob("*.json")) for path in folders}
        self.context.runs.settle(dict.fromkeys(ids))
        if any(sorted(path.glob("*.json")) != files for path, files in before.items()):
            optuna.delete_study(study_name=self.study_name, storage=storage)

    def _pool(self, should_prune: ShouldPrune) -> LocalPool | DaskPool:
        if self.workers.alone:
            return LocalPool(self.context, should_prune)
        return DaskPool(self.context, should_prune, self.workers)


def _standing(driver: Driver) -> str:
    """The lowest loss and the number of pruned trials, for the progress bar."""
    best = driver.best
    pruned = sum(trial.state == TrialState.PRUNED for trial in driver.finished)
    lowest = f"best {best[0].values[0]:.5g} (trial {best[0].number})" if best else "no best yet"
    return f"{lowest}, {pruned} pruned"
