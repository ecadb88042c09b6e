"""`aebench study`: every cell of the grid, then the table, the claims and the pictures."""

import sys
from collections.abc import Sequence
from pathlib import Path

from tqdm import tqdm

from aebench import paths
from aebench.data.prepared import Prepared
from aebench.files import write_csv, write_json
from aebench.studies import claims, grid, pictures, tune
from aebench.studies.cell import FAILED, Outcome, Place
from aebench.studies.check import check
from aebench.studies.config import load_study
from aebench.studies.execute import outcomes
from aebench.studies.grid import Cell
from aebench.studies.table import table
from aebench.studies.timings import write_timings
from aebench.studies.tune import Tried
from aebench.tracking.study import StudyTracker
from aebench.training.device import resolve_precision
from aebench.training.runs import RunStore


class Work:
    """A study at work on a data set: where its cells are run, and what they have come to."""

    def __init__(self, name: str, dataset: str, workers: int = 1, scheduler: str | None = None):
        self.name, self.dataset = name, dataset
        self.workers, self.scheduler = workers, scheduler
        study = load_study(name, dataset)
        # Once and here, whatever hardware the workers have: both sides of a comparison are alike.
        precision = resolve_precision(study.recipe.precision)
        recipe = study.recipe.model_copy(update={"precision": precision})
        self.study = study.model_copy(update={"recipe": recipe})
        self.prepared = Prepared.load(paths.prepared(dataset))
        self.place = Place(dataset, self.prepared.checksum, RunStore().root.resolve())
        check(self.study, self.prepared)
        self.done: list[Outcome] = []

    @property
    def folder(self) -> Path:
        return paths.study(self.dataset, self.name)

    def run(self) -> int:
        """Do the study; returns how many cells failed, which is not the same as diverged.

        Where a trial of the tuning failed, the cells wait: another choice would be another study.
        """
        tuned = {}
        if self.study.tune:
            tried = self._tune()
            if failed := self._say_what_went_wrong():
                return failed
            tuned = tune.chosen(tried)
        results = self._run(grid.cells(self.study, tuned), self.name)
        rows = table(self.study, results)
        write_csv(self.folder / "runs.csv", rows)
        write_json(self.folder / "claims.json", claims.judge(self.study, rows))
        write_json(
            self.folder / "study.json", self.study.model_dump(include={"title", "question", "tune"})
        )
        write_timings(self.dataset, f"study-{self.name}", self.done)
        pictures.draw(pictures.Results(self.study, results, rows, self.prepared), self.folder)
        return self._say_what_went_wrong()

    def _tune(self) -> list[Tried]:
        trials = tune.trials(self.study)
        results = self._run([trial.cell for trial in trials], f"{self.name}, tuning")
        tried = tune.judged(self.study, trials, results)
        write_csv(self.folder / "tuning.csv", tune.rows(self.study, tried))
        return tried

    def _run(self, cells: Sequence[Cell], title: str) -> list[Outcome]:
        """The outcomes in the order of the cells, however many at a time they were run."""
        found: dict[str, Outcome] = {}
        bar = tqdm(
            outcomes(cells, self.place, self.workers, self.scheduler),
            desc=title,
            total=len(cells),
            unit="run",
            mininterval=0.1 if sys.stderr.isatty() else 10,
        )
        with StudyTracker(self.dataset, self.name) as tracker:
            for result in bar:
                found[result.cell.label] = result
                tracker.add(result)
        results = [found[cell.label] for cell in cells]
        self.done += results
        return results

    def _say_what_went_wrong(self) -> int:
        for result in self.done:
            if result.status != "ok":
                print(f"{result.cell.label}: {result.status}: {result.reason}", file=sys.stderr)
        return sum(result.status in FAILED for result in self.done)
