"""A run's entry in MLflow, created once and updated any number of times.

Every step first looks up what is logged, so that interrupted logs are completed without duplicates.
"""

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aebench.core.overrides import flatten
from aebench.tracking.commit import git_commit
from aebench.tracking.logged_model import log_model
from aebench.tracking.names import entity_name, run_name
from aebench.tracking.server import experiment_id
from aebench.training.runs import Run, RunSpec, RunStore

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from mlflow import MlflowClient

# Tags: the run's id, within a study the parent's and the run's, and whether the log is complete.
RUN, CELL, COMPLETE = "aebench.run", "aebench.cell", "aebench.complete"
PARENT = "mlflow.parentRunId"


@dataclass
class Entry:
    """`id` is MLflow's id of the run, `epochs` the epochs whose metrics are logged.

    An entry with a `parent` belongs to a study; then no model is logged.
    """

    client: "MlflowClient"
    experiment: str
    id: str
    parent: str | None = None
    complete: bool = False
    epochs: set[int] = field(default_factory=set)

    @classmethod
    def open(
        cls,
        client: "MlflowClient",
        dataset: str,
        label: str,
        spec: RunSpec,
        parent: str | None = None,
        cell: str | None = None,
    ) -> "Entry":
        """Find or create the entry of the run of `spec`; sets it to running unless it is complete.

        Within a `parent`, entries are identified by `cell`, by default the run's id.
        """
        from mlflow.entities import Param

        experiment = experiment_id(client, dataset)
        key, value = (CELL, f"{parent}/{cell or spec.id}") if parent else (RUN, spec.id)
        runs = client.search_runs([experiment], f"tags.`{key}` = '{value}'", max_results=1)
        if runs:
            complete = COMPLETE in runs[0].data.tags
            entry = cls(client, experiment, runs[0].info.run_id, parent, complete)
            # Every row has a validation loss, and rows are logged whole.
            points = client.get_metric_history(entry.id, "validation_loss")
            entry.epochs = {point.step for point in points}
        else:
            tags = {key: value, "mlflow.source.name": "aebench", "mlflow.source.type": "LOCAL"}
            if parent:
                tags[PARENT] = parent
            if commit := git_commit():
                tags["mlflow.source.git.commit"] = commit
            created = client.create_run(experiment, tags=tags, run_name=run_name(readable(label)))
            entry = cls(client, experiment, created.info.run_id, parent)
        if not entry.complete:
            client.update_run(entry.id, status="RUNNING")
            client.log_batch(entry.id, params=[Param(k, v) for k, v in params(spec).items()])
            entry._log_data(dataset, spec)
        return entry

    def log_rows(self, rows: list[dict[str, float]]) -> None:
        """Log the metrics of epochs that are not logged yet, with the epoch as step."""
        rows = [row for row in rows if int(row["epoch"]) not in self.epochs]
        # MLflow takes 1000 metrics a call; those of an epoch must stay together.
        for start in range(0, len(rows), 50):
            batch = rows[start : start + 50]
            self._log_metrics([(int(row["epoch"]), row) for row in batch])
            self.epochs |= {int(row["epoch"]) for row in batch}

    def finish(self, run: Run, pictures: dict[str, "Figure"]) -> None:
        """Log everything that is missing of a finished run, and mark the entry as complete."""
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
        # Last, since it stands for all the rest.
        self.client.set_tag(self.id, COMPLETE, "yes")
        self.complete = True

    def terminate(self, status: str) -> None:
        """Set the status of a run whose training was interrupted: `FAILED` or `KILLED`."""
        if not self.complete:
            self.client.set_terminated(self.id, status)

    def _log_metrics(
        self, rows: list[tuple[int, dict[str, float]]], model: str | None = None
    ) -> None:
        """Log pairs of a step and its metrics in one call."""
        from mlflow.entities import Metric

        now = int(time.time() * 1000)
        metrics = [
            Metric(entity_name(name), value, now, step, model_id=model)
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
        """Log the metrics of the saved weights, also with the model, and the training's cost."""
        # A stage's copy has no cost; the run store may still have it, even if the code has changed.
        cost = run.cost or Run(RunStore().folder(run.id)).cost or {}
        results = flatten(run.metrics) | {"best_epoch": run.record["best_epoch"]}
        if "seconds" in cost:
            results["seconds"] = cost["seconds"]
        logged = self.client.get_run(self.id).data.metrics
        missing = {
            name: value for name, value in results.items() if entity_name(name) not in logged
        }
        self._log_metrics([(0, missing)], model)
        for name in cost.keys() - {"seconds"}:
            self.client.set_tag(self.id, name, str(cost[name]))


def params(spec: RunSpec) -> dict[str, str]:
    """All values of a spec by dotted names, e.g. `training.optimizer.lr`."""
    return {entity_name(name): str(value) for name, value in flatten(spec.model_dump()).items()}


def readable(label: str) -> str:
    """`layer-1-seed-0` -> `layer 1, seed 0`."""
    return label.replace("-seed-", ", seed ").replace("-", " ")
