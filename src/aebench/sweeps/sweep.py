"""`aebench sweep`: the search, the selection among its best trials, and the results of both."""

import sys
from pathlib import Path

from ruamel.yaml import YAML

from aebench.core import code_hashes, paths
from aebench.core.files import atomic_write, read_json, read_yaml, write_csv, write_json
from aebench.core.progress import note
from aebench.data.prepared import Prepared
from aebench.experiments.context import RunContext
from aebench.experiments.execute import run_cells_in_order
from aebench.experiments.failures import report_failures
from aebench.experiments.outcome import Outcome
from aebench.experiments.run_cell import settle_cells
from aebench.experiments.timings import write_timings
from aebench.experiments.workers import ALONE, Workers
from aebench.sweeps import interactive, pictures, selection
from aebench.sweeps.apply import apply, check_places, differing
from aebench.sweeps.check import check_space
from aebench.sweeps.config import FOLDER, load_sweep
from aebench.sweeps.dimensions import Overrides
from aebench.sweeps.driver import Driver
from aebench.sweeps.page import write_page
from aebench.sweeps.plan import plan
from aebench.sweeps.search import Search
from aebench.sweeps.selection import BEST, Candidate
from aebench.sweeps.space import overrides_of
from aebench.sweeps.storage import default_storage
from aebench.sweeps.table import table
from aebench.sweeps.tracking import SweepTracker
from aebench.training.runs import OtherCode

# The sweep, data and code of the results beside it; absent if one of their trainings failed.
STATED = "sweep.json"


class SweepRunner:
    """Runs a sweep on a data set, writes its results, and applies its winner."""

    def __init__(
        self,
        name: str,
        dataset: str,
        workers: Workers = ALONE,
        trials: int | None = None,
        storage: str | None = None,
        other_code: OtherCode | None = None,
    ):
        sweep = load_sweep(name, dataset)
        sweep = sweep.model_copy(update={"trials": trials or sweep.trials})
        prepared = Prepared.load(paths.prepared(dataset))
        context = RunContext.here(dataset, prepared, other_code)
        check_space(sweep, prepared, str(FOLDER / f"{name}.yaml"))
        storage = storage or default_storage()
        self.search = Search(name, dataset, sweep, prepared, context, storage, workers)
        self.sweep, self.dataset = sweep, dataset
        self.folder = paths.sweep(dataset, name)
        self.stated = sweep.model_dump(mode="json", exclude={"title"}) | {"data": prepared.checksum}

    def run(self) -> int:
        """Do what is left of the sweep; returns how many of its trainings failed now."""
        with self.search.open() as (driver, tracker):
            searched = self.search.run(driver, tracker)
            candidates, selected = self._select(driver, tracker)
            outcomes = [*searched, *selected]
            # Trials that run out of memory are results: the sampler avoids them.
            failed = sum(outcome.status == "failed" for outcome in outcomes)
            (self.folder / STATED).unlink(missing_ok=True)
            if driver.finished:
                written = self._write(driver, candidates, selected)
                if not failed:
                    write_json(self.folder / STATED, self.stated | {"code": _code(written)})
        report_failures(outcomes)
        return failed

    def plan(self) -> str:
        """Return what `--dry-run` prints."""
        return plan(self.search)

    def apply(self) -> None:
        """Write the winner into params.yaml, after running the sweep if that is not done.

        Exits with 1, and changes nothing, if trainings fail: with them, another might win. Prints
        how else the pipeline differs from the recipe that the winner was selected with.
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
            note(f"differs from the sweep: {line}")

    def _select(
        self, driver: Driver, tracker: SweepTracker
    ) -> tuple[list[Candidate], list[Outcome]]:
        """Train the candidates; returns them and their outcomes."""
        search = self.search
        best = [
            (f"trial {trial.number}", overrides_of(driver.space, trial.params))
            for trial in driver.best
            # The defaults are a candidate anyway.
            if trial.params != driver.start
        ]
        candidates = selection.candidates(self.sweep, best)
        cells = selection.cells(self.sweep, candidates)
        settle_cells(cells, search.context)
        title = f"sweep {search.name}, selection"
        outcomes = run_cells_in_order(cells, search.context, search.workers, title, tracker.add)
        return candidates, outcomes

    def _write(
        self, driver: Driver, candidates: list[Candidate], selected: list[Outcome]
    ) -> list[Outcome]:
        """Write the results; returns the outcomes of all trials and of the selection."""
        winner, rows = selection.select(self.sweep, candidates, selected)
        write_csv(self.folder / "trials.csv", table(self.sweep, driver.finished))
        write_csv(self.folder / "selection.csv", rows)
        write_best(self.folder / BEST, winner.overrides)
        pictures.draw(self.sweep, driver.finished, self.folder)
        interactive.draw(self.sweep, driver.study, self.folder)
        write_page(self.sweep, self.dataset, driver.finished, winner, rows, self.folder)
        trials = [self.search.outcome(driver, trial) for trial in driver.finished]
        write_timings(self.dataset, f"sweep-{self.search.name}", [*trials, *selected])
        for line in selection.as_text(rows).split("\n"):
            note(line)
        if driver.beyond:
            every = driver.total + driver.beyond
            note(f"of {every} trials the first {driver.total} count; all do with --trials {every}")
        note(f"what came out: {self.folder / 'index.html'}")
        return [*trials, *selected]

    def _is_done(self) -> bool:
        """Whether the results are those of this sweep, these data and today's code."""
        path = self.folder / STATED
        stated = read_json(path) if path.exists() else {}
        recorded = stated.pop("code", None)
        return stated == self.stated and recorded is not None and not code_hashes.changed(recorded)


def write_best(path: Path, overrides: Overrides) -> None:
    """Write the winner's overrides as YAML: dotted names and values, none if the defaults won."""
    with atomic_write(path) as temporary, temporary.open("w", encoding="utf-8") as file:
        YAML().dump(overrides, file)


def _code(outcomes: list[Outcome]) -> dict[str, str]:
    """Return the hash of each module that the outcomes were trained with."""
    runs = [run for outcome in outcomes if outcome.status == "ok" for run in outcome.trained]
    return {module: value for run in runs for module, value in run.code.items()}
