"""Log a study or sweep to MLflow: a parent run with the runs of its cells nested in it."""

import time
from collections.abc import Callable

from aebench.baselines.base import Baseline
from aebench.core.overrides import flatten
from aebench.experiments.outcome import Outcome
from aebench.tracking.entry import CELL, COMPLETE, PARENT, Entry
from aebench.tracking.names import entity_name, run_name
from aebench.tracking.server import client, experiment_id, reason, report_stopped


class StudyTracker:
    """Logs each cell when it is done. Failures of the log stop only the log.

    A single process logs, so that workers do not queue for the database. Runs that are logged
    already are left as they are, so that running a study again completes its log.
    """

    def __init__(self, dataset: str, name: str, kind: str = "study"):
        self.dataset, self.name, self.kind = dataset, name, kind
        self.parent = ""
        # Cell -> whether its entry is marked as complete: asked for once, since each question
        # takes MLflow some time.
        self.logged: dict[str, bool] = {}
        self.stopped = False

    def __enter__(self) -> "StudyTracker":
        self._try(self._open)
        return self

    def __exit__(self, error: type[BaseException] | None, *_: object) -> None:
        status = "FINISHED" if error is None else "KILLED"
        self._try(lambda: self.client.set_terminated(self.parent, status))

    def add(self, outcome: Outcome) -> None:
        """Log the cell's last run or its baseline; without a result, the reason."""
        self._try(lambda: self._add(outcome))

    def _open(self) -> None:
        self.client = client()
        experiment = experiment_id(self.client, self.dataset)
        tag = f"aebench.{self.kind}"
        runs = self.client.search_runs([experiment], f"tags.`{tag}` = '{self.name}'", max_results=1)
        if runs:
            self.parent = runs[0].info.run_id
            self.client.update_run(self.parent, status="RUNNING")
            within = f"tags.`{PARENT}` = '{self.parent}'"
            children = self.client.search_runs([experiment], within, max_results=50_000)
            tagged = [run.data.tags for run in children if CELL in run.data.tags]
            self.logged = {tags[CELL]: COMPLETE in tags for tags in tagged}
        else:
            tags = {tag: self.name, "mlflow.source.name": "aebench"}
            created = self.client.create_run(
                experiment, tags=tags, run_name=f"{self.kind}: {self.name}"
            )
            self.parent = created.info.run_id

    def _add(self, outcome: Outcome) -> None:
        if outcome.status != "ok":
            name = entity_name(f"{outcome.status}.{outcome.cell.label}")
            # MLflow limits the length of values.
            self.client.set_tag(self.parent, name, outcome.reason[:5000])
            return
        if baseline := outcome.cell.recipe.baseline:
            self._add_baseline(outcome, baseline)
            return
        run = outcome.trained[-1]
        if self.logged.get(f"{self.parent}/{run.spec.id}"):
            return
        entry = Entry.open(self.client, self.dataset, outcome.cell.label, run.spec, self.parent)
        entry.finish(run, {})

    def _add_baseline(self, outcome: Outcome, baseline: Baseline) -> None:
        """Log a run without a training: the baseline's settings and metrics."""
        from mlflow.entities import Metric, Param

        cell = f"{self.parent}/{'-'.join(outcome.records)}"
        if cell in self.logged:
            return
        experiment = experiment_id(self.client, self.dataset)
        run = self.client.create_run(
            experiment,
            tags={PARENT: self.parent, "mlflow.source.name": "aebench"},
            run_name=run_name(outcome.cell.label),
        )
        settings = {"baseline": baseline.model_dump(), "seed": outcome.cell.seed}
        results = outcome.measured
        for result in results:
            settings |= {f"chosen.{name}": value for name, value in result.settings.items()}
        now = int(time.time() * 1000)
        self.client.log_batch(
            run.info.run_id,
            params=[
                Param(entity_name(name), str(value)) for name, value in flatten(settings).items()
            ],
            metrics=[
                Metric(entity_name(name), value, now, 0)
                for result in results
                for name, value in result.values.items()
            ],
        )
        self.client.set_terminated(run.info.run_id, "FINISHED")
        # Last, so that an incomplete log is made anew.
        self.client.set_tag(run.info.run_id, CELL, cell)
        self.logged[cell] = True

    def _try(self, task: Callable[[], None]) -> None:
        if self.stopped:
            return
        try:
            task()
        except Exception as error:
            self.stopped = True
            report_stopped(
                reason(error), f"the {self.kind} goes on; doing it again completes the log"
            )
