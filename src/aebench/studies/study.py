"""`aebench study`: every cell of the grid, then the table, the claims and the pictures."""

import sys
from collections.abc import Sequence
from pathlib import Path

from tqdm import tqdm

from aebench import models, paths
from aebench.data.prepared import Prepared
from aebench.files import write_csv, write_json
from aebench.studies import claims, grid, pictures, tune
from aebench.studies.cell import Outcome, chain
from aebench.studies.config import Study, load_study
from aebench.studies.execute import outcomes
from aebench.studies.grid import Cell
from aebench.studies.table import table
from aebench.tracking.study import StudyTracker


class Work:
    """A study at work on a data set: where its cells are run, and what they have come to."""

    def __init__(self, name: str, dataset: str, workers: int = 1, scheduler: str | None = None):
        self.name, self.dataset = name, dataset
        self.workers, self.scheduler = workers, scheduler
        self.study = load_study(name, dataset)
        self.prepared = Prepared.load(paths.prepared(dataset))
        check(self.study, self.prepared)
        self.done: list[Outcome] = []

    @property
    def folder(self) -> Path:
        return paths.study(self.dataset, self.name)

    def run(self) -> int:
        """Do the study; returns how many cells failed, which is not the same as diverged."""
        tuned = self._tune() if self.study.tune else {}
        results = self._run(grid.cells(self.study, tuned), self.name)
        rows = table(self.study, results)
        write_csv(self.folder / "runs.csv", rows)
        write_json(self.folder / "claims.json", claims.judge(self.study, rows))
        pictures.draw(pictures.Results(self.study, results, rows, self.prepared), self.folder)
        self._write_timings()
        return _say_what_went_wrong(self.done)

    def _tune(self) -> dict:
        trials = tune.trials(self.study)
        results = self._run([trial.cell for trial in trials], f"{self.name}, tuning")
        tried = [
            (trial, result.finished[-1].best_validation)
            if result.status == "ok"
            else (trial, float("inf"))
            for trial, result in zip(trials, results, strict=True)
        ]
        write_csv(self.folder / "tuning.csv", tune.rows(self.study, tried))
        return tune.chosen(self.study, tried)

    def _run(self, cells: Sequence[Cell], title: str) -> list[Outcome]:
        """The outcomes in the order of the cells, however many at a time they were run."""
        found: dict[str, Outcome] = {}
        bar = tqdm(
            outcomes(cells, self.dataset, self.workers, self.scheduler),
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

    def _write_timings(self) -> None:
        costs = {result.cell.label: [run.cost for run in result.finished] for result in self.done}
        total = sum(cost["seconds"] for some in costs.values() for cost in some)
        write_json(
            paths.report(self.dataset) / "timings" / f"study-{self.name}.json",
            {"total_seconds": round(total, 1), "runs": costs},
        )


def check(study: Study, prepared: Prepared) -> None:
    """Raise InputError for a cell that cannot be, before the first one is trained."""
    pictures.check(study)
    built = []
    tuning = [trial.cell for trial in tune.trials(study)] if study.tune else []
    for cell in [*tuning, *grid.cells(study)]:
        list(chain(cell, prepared))
        model = cell.read().model | {"image_shape": prepared.image_shape}
        if model not in built:
            models.build(model)
            built.append(model)


def _say_what_went_wrong(results: Sequence[Outcome]) -> int:
    for result in results:
        if result.status != "ok":
            print(f"{result.cell.label}: {result.status}: {result.reason}", file=sys.stderr)
    return sum(result.status in ("failed", "out of memory") for result in results)
