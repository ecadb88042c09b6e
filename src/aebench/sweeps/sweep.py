"""`aebench sweep`: the search, the selection among its best, and what is written of both."""

import contextlib
import copy
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import optuna
from optuna.trial import FrozenTrial, TrialState
from ruamel.yaml import YAML

from aebench.core import code, paths
from aebench.core.files import atomic_write, read_json, read_yaml, write_csv, write_json
from aebench.core.progress import bar, note
from aebench.data.prepared import Prepared
from aebench.experiments.estimate import seconds_per_epoch
from aebench.experiments.execute import in_order
from aebench.experiments.failures import report_failures
from aebench.experiments.outcome import Outcome, RunContext, settle
from aebench.experiments.timings import write_timings
from aebench.sweeps import interactive, pictures, samplers, selection, space
from aebench.sweeps.apply import apply, check_places, differing
from aebench.sweeps.config import FOLDER, load_sweep
from aebench.sweeps.driver import (
    REASON,
    RUNS,
    STATUS,
    Driver,
    TrialResult,
    default_storage,
    open_storage,
    study_name,
)
from aebench.sweeps.page import write_page
from aebench.sweeps.pool import DaskPool, Judge, LocalPool
from aebench.sweeps.space import Overrides
from aebench.sweeps.table import table
from aebench.sweeps.tracking import SweepTracker
from aebench.training.runs import OtherCode, RunStore

BEST = "best_params.yaml"
# What the results beside it are of; not there where a training failed that they were to count.
STATED = "sweep.json"


class SweepRunner:
    """A sweep at work on a data set: where its trials are trained, and what they have come to."""

    def __init__(
        self,
        name: str,
        dataset: str,
        workers: int = 1,
        scheduler: str | None = None,
        trials: int | None = None,
        storage: str | None = None,
        other_code: OtherCode | None = None,
    ):
        self.name, self.dataset = name, dataset
        self.workers, self.scheduler = workers, scheduler
        sweep = load_sweep(name, dataset)
        sweep = sweep.model_copy(update={"trials": trials or sweep.trials})
        self.prepared = Prepared.load(paths.prepared(dataset))
        self.sweep = sweep
        self.stated = sweep.model_dump(mode="json", exclude={"title"})
        self.stated |= {"data": self.prepared.checksum}
        self.context = RunContext.here(dataset, self.prepared, other_code)
        space.check(self.sweep, self.prepared, str(FOLDER / f"{name}.yaml"))
        self.study_name = study_name(self.sweep, name, dataset, self.prepared)
        self.storage = storage or default_storage()

    @property
    def folder(self) -> Path:
        return paths.sweep(self.dataset, self.name)

    def run(self) -> int:
        """Do what is left of the sweep; returns how many of its trainings failed now."""
        with self.driving() as (driver, tracker):
            done = self.search(driver, tracker)
            chosen, selected = self._select(driver, tracker)
            results = [*done, *selected]
            # What does not fit into memory is a result of a sweep, which avoids it.
            failed = sum(result.status == "failed" for result in results)
            (self.folder / STATED).unlink(missing_ok=True)
            if driver.finished:
                outcomes = self._write(driver, chosen, selected)
                if not failed:
                    write_json(self.folder / STATED, self.stated | {"code": _code(outcomes)})
        report_failures(results)
        return failed

    @contextlib.contextmanager
    def driving(self) -> Iterator[tuple[Driver, SweepTracker]]:
        """The sweep's driver and its log; another process that wants them waits."""
        with RunStore().lock(f"sweep-{self.study_name.replace(' ', '-')}"):
            self._settle()
            driver = Driver(self.sweep, self.study_name, self.prepared, self.storage)
            with SweepTracker(self.dataset, self.study_name, self.prepared) as tracker:
                yield driver, tracker

    def _settle(self) -> None:
        """Provide for trials of other code; with --retrain the search begins anew.

        What its trials came to is known to the sampler, so a part of them cannot be made again.
        """
        storage = open_storage(self.storage)
        names = [one.study_name for one in optuna.get_all_study_summaries(storage)]
        if self.study_name not in names:
            return
        study = optuna.load_study(study_name=self.study_name, storage=storage)
        ids = [id for trial in study.trials for id in trial.user_attrs.get(RUNS, [])]
        results = [path for id in ids if (path := self.context.runs.folder(id)).exists()]
        before = {path: sorted(path.glob("*.json")) for path in results}
        self.context.runs.settle(dict.fromkeys(ids))
        if any(sorted(path.glob("*.json")) != files for path, files in before.items()):
            optuna.delete_study(study_name=self.study_name, storage=storage)

    def varied(self, **changes: Any) -> "SweepRunner":
        """The same search, but for these values of its sweep."""
        other = copy.copy(self)
        other.sweep = self.sweep.model_copy(update=changes)
        other.study_name = study_name(other.sweep, self.name, self.dataset, self.prepared)
        return other

    def search(self, driver: Driver, tracker: SweepTracker) -> list[Outcome]:
        """Do the trials that are left; their outcomes."""
        for trial in driver.finished:
            # Where the log was cut off, it is completed.
            tracker.told(TrialResult(trial, self._outcome(driver, trial)))
        done = []
        with bar(
            desc=f"sweep {self.name}",
            initial=len(driver.finished),
            total=driver.total,
            unit="trial",
        ) as shown:
            shown.set_postfix_str(_standing(driver))
            for told in driver.run(self._pool):
                tracker.told(told)
                done.append(told.outcome)
                shown.set_postfix_str(_standing(driver), refresh=False)
                shown.update()
        return done

    def _write(
        self, driver: Driver, chosen: list[selection.Candidate], selected: list[Outcome]
    ) -> list[Outcome]:
        """Write the results; gives the outcomes that they are of."""
        winner, rows = selection.select(self.sweep, chosen, selected)
        write_csv(self.folder / "trials.csv", table(self.sweep, driver.finished))
        write_csv(self.folder / "selection.csv", rows)
        write_best(self.folder / BEST, winner.overrides)
        pictures.draw(self.sweep, driver.finished, self.folder)
        interactive.draw(self.sweep, driver.study, self.folder)
        write_page(self.sweep, self.dataset, driver.finished, winner, rows, self.folder)
        trials = [self._outcome(driver, trial) for trial in driver.finished]
        write_timings(self.dataset, f"sweep-{self.name}", [*trials, *selected])
        note(selection.as_text(rows))
        return [*trials, *selected]

    def _pool(self, judge: Judge) -> LocalPool | DaskPool:
        if self.workers == 1 and self.scheduler is None:
            return LocalPool(self.context, judge)
        return DaskPool(self.context, judge, self.workers, self.scheduler)

    def _outcome(self, driver: Driver, trial: FrozenTrial) -> Outcome:
        overrides = space.chosen(driver.space, trial.params)
        cell = space.cell(self.sweep, {"trial": trial.number}, overrides, self.sweep.seed)
        told = trial.user_attrs
        return Outcome(cell, told[STATUS], told[RUNS], told[REASON])

    def _select(
        self, driver: Driver, tracker: SweepTracker
    ) -> tuple[list[selection.Candidate], list[Outcome]]:
        best = [
            (f"trial {trial.number}", space.chosen(driver.space, trial.params))
            for trial in driver.best
            # That is the defaults, which are among the candidates anyway.
            if trial.params != driver.start
        ]
        chosen = selection.candidates(self.sweep, best)
        cells = selection.cells(self.sweep, chosen)
        settle(cells, self.context)
        title = f"sweep {self.name}, selection"
        selected = in_order(cells, self.context, self.workers, self.scheduler, title, tracker.add)
        return chosen, selected

    def plan(self) -> str:
        """`--dry-run`: the space, what is there of the sweep, and what the rest would take."""
        space_of = space.parameters(self.sweep)
        summaries = optuna.get_all_study_summaries(open_storage(self.storage))
        there = sum(one.n_trials for one in summaries if one.study_name == self.study_name)
        total = samplers.count(self.sweep)
        defaults = space.cell(self.sweep, {"settings": "defaults"}, {}, self.sweep.seed)
        epochs = space.epochs(defaults)
        again = (self.sweep.selection.best + 1) * len(self.sweep.selection.seeds)
        rate = seconds_per_epoch(defaults, self.prepared)
        minutes = (max(0, total - there) + again) * epochs * rate / 60 / self.workers
        lines = [f"{one.name}: {one.text}" for one in space_of]
        lines.append(
            f"{total} trials of {epochs} epochs ({self.sweep.sampler.name}, pruner "
            f"{self.sweep.pruner.name}), {there} of them there; {again} runs for the selection"
        )
        lines.append(f"about {minutes:.0f} min where nothing is pruned")
        if space.start(self.sweep) is None:
            lines.append("the recipe is no point of the space, so the search does not begin there")
        return "\n".join(lines)

    def apply(self) -> None:
        """Write the winner into params.yaml; where this sweep has none yet, it is done first.

        Exits with 1, and changes nothing, where trainings of it fail: another may have won.
        Says in what else the pipeline differs from the recipe that the winner was found with.
        """
        check_places(self.sweep, self.dataset)
        if not self._is_done() and (failed := self.run()):
            sys.exit(f"aebench: {failed} trainings failed; the same command tries them again")
        best = read_yaml(self.folder / BEST) or {}
        if not best:
            note(f"{self.folder / BEST}: the defaults have won; params.yaml stays as it is")
            return
        apply(self.sweep, best, self.dataset)
        note(f"params.yaml: {self.sweep.applies_to} has the settings of {self.folder / BEST}")
        for line in differing(self.sweep, best, self.dataset):
            note(f"not as in the sweep: {line}")

    def _is_done(self) -> bool:
        """Whether the results are of this sweep, these data and today's code."""
        path = self.folder / STATED
        stated = read_json(path) if path.exists() else {}
        recorded = stated.pop("code", None)
        return stated == self.stated and recorded is not None and not code.changed(recorded)


def write_best(path: Path, overrides: Overrides) -> None:
    """Dotted names and values; nothing where the defaults have won."""
    with atomic_write(path) as temporary, temporary.open("w") as file:
        YAML().dump(overrides, file)


def _code(outcomes: list[Outcome]) -> dict[str, str]:
    """The hash of each module that one of these was trained with."""
    runs = [run for outcome in outcomes if outcome.status == "ok" for run in outcome.trained]
    return {module: value for run in runs for module, value in run.code.items()}


def _standing(driver: Driver) -> str:
    best = driver.best
    pruned = sum(trial.state == TrialState.PRUNED for trial in driver.finished)
    shown = f"best {best[0].values[0]:.5g} (trial {best[0].number})" if best else "no best yet"
    return f"{shown}, {pruned} pruned"
