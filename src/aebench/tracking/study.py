"""A study in MLflow: one parent run, the runs of its cells nested in it. So, too, for a sweep."""

import re
import time

from aebench.core.overrides import flatten
from aebench.experiments.outcome import Outcome
from aebench.tracking.entry import CELL, PARENT, Entry
from aebench.tracking.server import client, experiment_id, reason, say_stopped


class StudyTracker:
    """Logs each cell when it is done; whatever goes wrong in the log, the work goes on.

    One process does it, so that workers do not queue for the database. What is there already is
    left as it is, so that doing a study again completes its log.
    """

    def __init__(self, dataset: str, name: str, kind: str = "study"):
        self.dataset, self.name, self.kind = dataset, name, kind
        self.parent: str | None = None
        self.stopped = False

    def __enter__(self) -> "StudyTracker":
        self._try(self._open)
        return self

    def __exit__(self, error: type[BaseException] | None, *_: object) -> None:
        status = "FINISHED" if error is None else "KILLED"
        self._try(lambda: self.client.set_terminated(self.parent, status))

    def add(self, outcome: Outcome) -> None:
        """Log the cell's last run, or that there is none."""
        self._try(lambda: self._add(outcome))

    def _open(self) -> None:
        self.client = client()
        experiment = experiment_id(self.client, self.dataset)
        tag = f"aebench.{self.kind}"
        found = self.client.search_runs(
            [experiment], f"tags.`{tag}` = '{self.name}'", max_results=1
        )
        if found:
            self.parent = found[0].info.run_id
            self.client.update_run(self.parent, status="RUNNING")
        else:
            tags = {tag: self.name, "mlflow.source.name": "aebench"}
            made = self.client.create_run(
                experiment, tags=tags, run_name=f"{self.kind}: {self.name}"
            )
            self.parent = made.info.run_id

    def _add(self, outcome: Outcome) -> None:
        if outcome.status != "ok":
            # Of other characters MLflow takes none in a name; of a value only so many.
            name = re.sub(r"[^\w\-. :/]", " ", f"{outcome.status}.{outcome.cell.label}")[:250]
            self.client.set_tag(self.parent, name, outcome.reason[:5000])
            return
        if not outcome.runs:
            self._add_baseline(outcome)
            return
        run = outcome.trained[-1]
        entry = Entry.open(self.client, self.dataset, outcome.cell.label, run.spec, self.parent)
        entry.finish(run, {})

    def _add_baseline(self, outcome: Outcome) -> None:
        """A run without a training: the baseline, and what was measured of it."""
        from mlflow.entities import Metric, Param

        cell = f"{self.parent}/{'-'.join(outcome.records)}"
        experiment = experiment_id(self.client, self.dataset)
        if self.client.search_runs([experiment], f"tags.`{CELL}` = '{cell}'", max_results=1):
            return
        made = self.client.create_run(
            experiment,
            tags={PARENT: self.parent, "mlflow.source.name": "aebench"},
            run_name=outcome.cell.label,
        )
        recipe, now = outcome.cell.recipe, int(time.time() * 1000)
        settings = {"baseline": recipe.baseline.model_dump(), "seed": outcome.cell.seed}
        measured = outcome.measured
        for one in measured:
            settings |= {f"chosen.{name}": value for name, value in one.settings.items()}
        self.client.log_batch(
            made.info.run_id,
            params=[Param(name, str(one)) for name, one in flatten(settings).items()],
            metrics=[Metric(k, v, now, 0) for one in measured for k, v in one.values.items()],
        )
        self.client.set_terminated(made.info.run_id, "FINISHED")
        # Last: what broke off before is begun anew.
        self.client.set_tag(made.info.run_id, CELL, cell)

    def _try(self, task) -> None:
        if self.stopped:
            return
        try:
            task()
        except Exception as error:
            self.stopped = True
            say_stopped(reason(error), f"the {self.kind} goes on; doing it again completes the log")
