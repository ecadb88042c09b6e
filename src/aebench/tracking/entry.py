"""A run's entry in MLflow: begun once, brought up to date as often as one likes.

Every step first looks at what is there, so that whatever broke off, at whatever point, is completed
and nothing is there twice.
"""

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aebench.core.overrides import flatten
from aebench.tracking.commit import git_commit
from aebench.tracking.logged_model import log_model
from aebench.tracking.server import experiment_id
from aebench.training.runs import Run, RunSpec, RunStore

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# The run's identity (in a study: after its parent's), and: nothing of it is missing.
RUN, CELL, COMPLETE = "aebench.run", "aebench.cell", "aebench.complete"
PARENT = "mlflow.parentRunId"


@dataclass
class Entry:
    """`id` is MLflow's; `epochs` are those whose metrics are logged already.

    Those with a `parent` are a study's, which logs no models.
    """

    client: Any
    experiment: str
    id: str
    parent: str | None = None
    complete: bool = False
    epochs: set[int] = field(default_factory=set)

    @classmethod
    def open(
        cls,
        client,
        dataset: str,
        label: str,
        spec: RunSpec,
        parent: str | None = None,
        cell: str | None = None,
    ) -> "Entry":
        """The entry of the run of `spec`, made where it is not there yet: running, or complete.

        Within a `parent` the run's identity tells entries apart, or else `cell`.
        """
        from mlflow.entities import Param

        experiment = experiment_id(client, dataset)
        key, value = (CELL, f"{parent}/{cell or spec.id}") if parent else (RUN, spec.id)
        found = client.search_runs([experiment], f"tags.`{key}` = '{value}'", max_results=1)
        if found:
            complete = COMPLETE in found[0].data.tags
            entry = cls(client, experiment, found[0].info.run_id, parent, complete)
            # Every row has a validation loss, and a row is logged whole or not at all.
            points = client.get_metric_history(entry.id, "validation_loss")
            entry.epochs = {point.step for point in points}
        else:
            tags = {key: value, "mlflow.source.name": "aebench", "mlflow.source.type": "LOCAL"}
            if parent:
                tags[PARENT] = parent
            if commit := git_commit():
                tags["mlflow.source.git.commit"] = commit
            made = client.create_run(experiment, tags=tags, run_name=readable(label))
            entry = cls(client, experiment, made.info.run_id, parent)
        if not entry.complete:
            client.update_run(entry.id, status="RUNNING")
            client.log_batch(entry.id, params=[Param(k, v) for k, v in params(spec).items()])
            entry._log_data(dataset, spec)
        return entry

    def log_rows(self, rows: list[dict[str, float]]) -> None:
        """The metrics of epochs that are not there yet, the step the epoch's number."""
        rows = [row for row in rows if int(row["epoch"]) not in self.epochs]
        # MLflow takes 1000 metrics a call; an epoch's stay together.
        for start in range(0, len(rows), 50):
            few = rows[start : start + 50]
            self._log_metrics([(int(row["epoch"]), row) for row in few])
            self.epochs |= {int(row["epoch"]) for row in few}

    def finish(self, run: Run, pictures: dict[str, "Figure"]) -> None:
        """Log what is missing of a finished run."""
        if self.complete:
            return
        self.log_rows(run.history)
        for name, figure in pictures.items():
            self.client.log_figure(self.id, figure, name)
        model = None
        if not self.parent:
            model = log_model(self.client, self.experiment, self.id, run, params(run.spec))
        self._log_results(run, model)
        self.client.set_terminated(self.id, "FINISHED")
        # Last: it says that all the rest is done.
        self.client.set_tag(self.id, COMPLETE, "yes")
        self.complete = True

    def break_off(self, status: str) -> None:
        """Say how the run's training has ended before its time: `FAILED` or `KILLED`."""
        if not self.complete:
            self.client.set_terminated(self.id, status)

    def _log_metrics(self, rows: list[tuple[int, dict[str, float]]], model: str | None = None):
        """Pairs of a step and its metrics, in one call."""
        from mlflow.entities import Metric

        now = int(time.time() * 1000)
        metrics = [
            Metric(name, value, now, step, model_id=model)
            for step, row in rows
            for name, value in row.items()
            if name != "epoch"
        ]
        self.client.log_batch(self.id, metrics=metrics)

    def _log_data(self, dataset: str, spec: RunSpec) -> None:
        from mlflow.entities import Dataset, DatasetInput, InputTag

        data = Dataset(dataset, spec.data, source_type="local", source=f"data/{dataset}")
        context = [InputTag("mlflow.data.context", "training")]
        self.client.log_inputs(self.id, [DatasetInput(data, context)])

    def _log_results(self, run: Run, model: str | None) -> None:
        """The kept weights' metrics, shown with the model too, and what they cost."""
        # A copy that a stage has left has no cost; the run store may still have it, whatever has
        # become of the code since.
        cost = run.cost or Run(RunStore().folder(run.id)).cost or {}
        results = flatten(run.metrics) | {"best_epoch": run.record["best_epoch"]}
        if "seconds" in cost:
            results["seconds"] = cost["seconds"]
        there = self.client.get_run(self.id).data.metrics
        missing = {name: value for name, value in results.items() if name not in there}
        self._log_metrics([(0, missing)], model)
        for name in cost.keys() - {"seconds"}:
            self.client.set_tag(self.id, name, str(cost[name]))


def params(spec: RunSpec) -> dict[str, str]:
    """All of a spec, e.g. `training.optimizer.lr`."""
    return {name: str(value) for name, value in flatten(spec.model_dump()).items()}


def readable(label: str) -> str:
    """`layer-1-seed-0` -> `layer 1, seed 0`."""
    return label.replace("-seed-", ", seed ").replace("-", " ")
