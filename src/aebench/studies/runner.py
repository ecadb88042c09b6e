"""`aebench study`: every cell of the grid, then the table, the claims and the pictures."""

import sys
from collections.abc import Sequence
from pathlib import Path

from aebench.core import paths
from aebench.core.errors import InputError
from aebench.core.files import write_csv, write_json
from aebench.core.progress import note
from aebench.data.prepared import Prepared
from aebench.experiments.cell import Cell
from aebench.experiments.context import RunContext
from aebench.experiments.execute import run_cells_in_order
from aebench.experiments.failures import report_failures
from aebench.experiments.outcome import FAILED_STATUSES, Outcome
from aebench.experiments.run_cell import settle_cells
from aebench.experiments.timings import write_timings
from aebench.experiments.workers import ALONE, Workers
from aebench.studies import claims, grid, tune
from aebench.studies.check import check
from aebench.studies.claims_page import write_claims
from aebench.studies.config import FOLDER, load_study
from aebench.studies.floor import add_floor
from aebench.studies.pictures import draw as pictures
from aebench.studies.pictures.results import Results
from aebench.studies.stored import state
from aebench.studies.table import table
from aebench.tracking.study import StudyTracker
from aebench.training.runs import OtherCode


class StudyRunner:
    """Runs a study on a data set and writes its results to `folder`."""

    def __init__(
        self,
        name: str,
        dataset: str,
        workers: Workers = ALONE,
        other_code: OtherCode | None = None,
    ):
        self.name, self.dataset = name, dataset
        self.workers = workers
        self.study = load_study(name, dataset)
        self.prepared = Prepared.load(paths.prepared(dataset))
        self.context = RunContext.here(dataset, self.prepared, other_code)
        try:
            check(self.study, self.prepared)
        except InputError as error:
            raise InputError(f"{FOLDER / f'{name}.yaml'}: {error}") from None
        self.done: list[Outcome] = []

    @property
    def folder(self) -> Path:
        return paths.study(self.dataset, self.name)

    def run(self) -> int:
        """Run the study; returns how many cells failed (not those that diverged).

        If a trial of the tuning failed, no cells are run: another choice would be another study.
        """
        tuning = tune.tuned(self.study, lambda cells: self._run(cells, f"{self.name}, tuning"))
        if self.failed:
            report_failures(self.done)
            return self.failed
        if tuning.table:
            write_csv(self.folder / "tuning.csv", tuning.table)
        outcomes = self._run(grid.cells(self.study, tuning.best), self.name)
        cells = [outcome.cell for outcome in outcomes]
        rows = add_floor(table(self.study, outcomes), cells, self.prepared)
        write_csv(self.folder / "runs.csv", rows)
        judged = claims.judge(self.study, rows, tuning.table)
        write_json(self.folder / "claims.json", judged)
        state(self.study, rows, tuning.table, self.prepared.classes, self.folder)
        write_timings(self.dataset, f"study-{self.name}", self.done)
        # Pictures show images of the first seed.
        data = cells[0].data(self.prepared)
        pictures.draw(Results(self.study, outcomes, rows, data), self.folder)
        report_failures(self.done)
        for claim in write_claims(self.dataset)[self.name]:
            note(f"{claim['verdict']}: {claim['claim']}", sys.stderr)
        page = paths.report(self.dataset) / "claims.html"
        note(f"what came out: {self.folder / 'index.html'}; beside others: {page}", sys.stderr)
        return self.failed

    @property
    def failed(self) -> int:
        return sum(result.status in FAILED_STATUSES for result in self.done)

    def _run(self, cells: Sequence[Cell], title: str) -> list[Outcome]:
        # Results of other code are settled before anything is trained.
        settle_cells(cells, self.context)
        with StudyTracker(self.dataset, self.name) as tracker:
            outcomes = run_cells_in_order(cells, self.context, self.workers, title, tracker.add)
        self.done += outcomes
        return outcomes
