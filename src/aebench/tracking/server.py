"""The connection to MLflow."""

import logging
import os
import sys
import warnings
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from aebench.core.errors import InputError, one_line
from aebench.core.urls import sqlite_url
from aebench.tracking.database import artifacts_beside, database_file, follow_the_project

if TYPE_CHECKING:
    from mlflow import MlflowClient

URI = "MLFLOW_TRACKING_URI"
# Environment variables for MLflow, unless the user has set them.
SETTINGS = {
    # A training can do without its log, so give up on a server soon.
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_ARTIFACT_UPLOAD_DOWNLOAD_TIMEOUT": "10",
    # Links to runs and bars for files would interrupt a training's progress bar.
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "MLFLOW_DISABLE_AGENT_HINT": "true",
    # Usage reports to MLflow's makers are not ours to send.
    "MLFLOW_DISABLE_TELEMETRY": "true",
}
# Without this tag the dashboard opens on its pages for language models instead of the runs.
TRAINING = {"mlflow.experimentKind": "custom_model_development"}


def project_root() -> Path:
    """The project's folder, also when `dvc exp run` works in a temporary copy."""
    return Path(os.environ.get("DVC_ROOT") or Path.cwd()).resolve()


def tracking_uri() -> str:
    """`MLFLOW_TRACKING_URI`, by default a SQLite file in the project's folder."""
    return os.environ.get(URI) or sqlite_url(project_root() / "mlflow.db")


def client() -> "MlflowClient":
    """A quiet MLflow client of `tracking_uri()`."""
    for name, value in SETTINGS.items():
        os.environ.setdefault(name, value)
    import mlflow

    # Failures come as exceptions; other messages would only interrupt a progress bar.
    for name in ("mlflow", "alembic", "urllib3"):
        logging.getLogger(name).setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module="mlflow")
    database = database_file(tracking_uri())
    if database is None:
        return mlflow.MlflowClient(tracking_uri())
    from filelock import FileLock

    # Trainings side by side would each create the tables of a new database. Where there can be
    # none, MLflow itself says why.
    writable = os.access(database.parent, os.W_OK)
    lock = FileLock(database.with_name(f"{database.name}.lock")) if writable else nullcontext()
    with lock:
        follow_the_project(database)
        client = mlflow.MlflowClient(tracking_uri())
        client.search_experiments(max_results=1)
    return client


def experiment_id(client: "MlflowClient", dataset: str) -> str:
    """Find or create the data set's experiment; raises InputError if it was deleted."""
    from mlflow.entities import LifecycleStage
    from mlflow.exceptions import MlflowException

    experiment = client.get_experiment_by_name(dataset)
    if experiment is None:
        try:
            return client.create_experiment(
                dataset, artifact_location=_artifacts(dataset), tags=TRAINING
            )
        except MlflowException:
            # Another process may have created it.
            experiment = client.get_experiment_by_name(dataset)
            if experiment is None:
                raise
    if experiment.lifecycle_stage == LifecycleStage.DELETED:
        # Whoever deleted it may have meant it.
        setting = "" if os.environ.get(URI) else f'{URI}="$(aebench tracking-uri)" '
        command = f"{setting}mlflow experiments restore --experiment-id {experiment.experiment_id}"
        raise InputError(f"experiment '{dataset}' is deleted; `{command}` restores it")
    return experiment.experiment_id


def _artifacts(dataset: str) -> str | None:
    """The folder of artifacts beside a SQLite file; None for a server, which has its own."""
    database = database_file(tracking_uri())
    return artifacts_beside(database, dataset) if database else None


def failures() -> tuple[type[Exception], ...]:
    """The exceptions of MLflow's client when its server, database or folder cannot be used."""
    from mlflow.exceptions import MlflowException
    from sqlalchemy.exc import SQLAlchemyError

    # Those of `requests` are OSErrors.
    return MlflowException, OSError, SQLAlchemyError


def reason(error: BaseException) -> str:
    """The root cause of an error in one short line, e.g. `[Errno 111] Connection refused`."""
    while cause := error.__cause__ or error.__context__:
        error = cause
    lines = str(error).splitlines()
    return lines[0][:200] if lines else type(error).__name__


def report_stopped(why: str, consequence: str) -> None:
    """Print to stderr that logging has stopped, why, and what follows."""
    from tqdm import tqdm

    # By tqdm, so that the line does not end up in the middle of a progress bar.
    line = f"logging to MLflow at {tracking_uri()} stopped ({why}); {consequence}"
    tqdm.write(one_line(line), file=sys.stderr)
