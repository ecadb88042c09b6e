"""`aebench track --committed`: the tables of `reports/` in MLflow, as of a fresh clone."""

import hashlib
import time
from pathlib import Path
from typing import TYPE_CHECKING

from aebench.core.errors import InputError
from aebench.core.files import read_csv
from aebench.core.progress import bar
from aebench.tracking.entry import COMPLETE, PARENT
from aebench.tracking.names import entity_name, run_name
from aebench.tracking.server import client, experiment_id, failures, reason, tracking_uri

if TYPE_CHECKING:
    from mlflow import MlflowClient

# Kind -> its tables; in each, the column at which its rows' names end.
TABLES = {"study": ("studies/*/runs.csv", "seed"), "sweep": ("sweep/*/trials.csv", "trial")}
# The hash of the table that an entry was made of.
TABLE = "aebench.table"


def track_committed() -> tuple[int, int]:
    """Log each study and sweep in `reports/`; returns the numbers of those added and of all.

    A run for the study, with its page and pictures, and within it one for each row of its table.
    A table that is there already is left as it is. Raises InputError where MLflow cannot be used.
    """
    tables = [
        (kind, path, last)
        for kind, (pattern, last) in TABLES.items()
        for path in sorted(Path("reports").glob(f"*/{pattern}"))
    ]
    try:
        mlflow = client()
        progress = bar(tables, desc="tracking", unit="table", disable=None)
        added = sum(_log(mlflow, kind, path, last) for kind, path, last in progress)
    except failures() as error:
        raise InputError(f"MLflow at {tracking_uri()}: {reason(error)}") from None
    return added, len(tables)


def _log(mlflow: "MlflowClient", kind: str, path: Path, last: str) -> bool:
    """Log a table, whether its entry is missing or was cut off; returns whether it did."""
    digest = hashlib.sha256(path.read_bytes()).hexdigest()[:16]
    experiment = experiment_id(mlflow, path.parts[1])
    for run in mlflow.search_runs([experiment], f"tags.`{TABLE}` = '{digest}'"):
        if COMPLETE in run.data.tags:
            return False
        within = f"tags.`{PARENT}` = '{run.info.run_id}'"
        for one in (run, *mlflow.search_runs([experiment], within, max_results=50_000)):
            mlflow.delete_run(one.info.run_id)
    tags = {TABLE: digest, f"aebench.{kind}.committed": path.parent.name}
    name = f"{kind}: {path.parent.name}, from {path.name}"
    parent = mlflow.create_run(experiment, tags=tags, run_name=run_name(name)).info.run_id
    for row in read_csv(path):
        told = {name: cell for name, cell in row.items() if cell}
        _log_row(mlflow, experiment, parent, told, last)
    mlflow.log_artifacts(parent, str(path.parent))
    mlflow.set_terminated(parent, "FINISHED")
    # Last, so that an incomplete log is made anew.
    mlflow.set_tag(parent, COMPLETE, "yes")
    return True


def _log_row(
    mlflow: "MlflowClient", experiment: str, parent: str, row: dict[str, str], last: str
) -> None:
    """A row as a run: what names it, and other text, as parameters, and its numbers as metrics."""
    from mlflow.entities import Metric, Param

    names = list(row)[: list(row).index(last) + 1]
    numbers = {
        name: value
        for name, text in row.items()
        if name not in names and (value := _number(text)) is not None
    }
    now = int(time.time() * 1000)
    run = mlflow.create_run(
        experiment,
        tags={PARENT: parent},
        run_name=run_name(", ".join(f"{name} {row[name]}" for name in names)),
    ).info.run_id
    mlflow.log_batch(
        run,
        params=[Param(entity_name(k), v) for k, v in row.items() if k not in numbers],
        metrics=[Metric(entity_name(k), v, now, 0) for k, v in numbers.items()],
    )
    mlflow.set_terminated(run, "FINISHED" if row["status"] in ("ok", "pruned") else "FAILED")


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
