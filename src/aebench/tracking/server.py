"""Which MLflow, and reached how."""

import logging
import os
import sys
import warnings
from pathlib import Path

URI = "MLFLOW_TRACKING_URI"
# MLflow reads these from the environment; what the user has set there stays.
SETTINGS = {
    # A training can do without its log: give up on a server soon rather than late.
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_ARTIFACT_UPLOAD_DOWNLOAD_TIMEOUT": "10",
    # Links to each run and bars for each file would come between a training's progress.
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "MLFLOW_DISABLE_AGENT_HINT": "true",
    # Usage reports to MLflow's makers: not ours to send.
    "MLFLOW_DISABLE_TELEMETRY": "true",
}
# Without it the dashboard opens on its pages for language models instead of the runs.
TRAINING = {"mlflow.experimentKind": "custom_model_development"}


def project_root() -> Path:
    """The project's real folder, also inside a temporary copy that `dvc exp run` works in."""
    return Path(os.environ.get("DVC_ROOT") or Path.cwd()).resolve()


def tracking_uri() -> str:
    """`MLFLOW_TRACKING_URI`, else a SQLite file in the project's folder."""
    return os.environ.get(URI) or f"sqlite:///{project_root() / 'mlflow.db'}"


def client():
    """A quiet MLflow client of `tracking_uri()`."""
    for name, value in SETTINGS.items():
        os.environ.setdefault(name, value)
    import mlflow

    # What goes wrong comes back as an exception; all else is noise beside a progress bar.
    for noisy in ("mlflow", "alembic", "urllib3"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module="mlflow")
    return mlflow.MlflowClient(tracking_uri())


def experiment_id(client, dataset: str) -> str:
    """The data set's experiment, made where it is not there yet."""
    from mlflow.exceptions import MlflowException

    found = client.get_experiment_by_name(dataset)
    if found is None:
        try:
            return client.create_experiment(
                dataset, artifact_location=_artifacts(dataset), tags=TRAINING
            )
        except MlflowException:
            # Another process may have been faster.
            found = client.get_experiment_by_name(dataset)
            if found is None:
                raise
    return found.experiment_id


def _artifacts(dataset: str) -> str | None:
    """Beside a SQLite file; None for a server, which knows where its own belong."""
    kind, _, path = tracking_uri().partition(":///")
    return (
        (Path(path).resolve().parent / "mlartifacts" / dataset).as_uri()
        if kind == "sqlite"
        else None
    )


def failures() -> tuple[type[Exception], ...]:
    """What MLflow's client raises where its server, database or folder cannot be used."""
    from mlflow.exceptions import MlflowException
    from sqlalchemy.exc import SQLAlchemyError

    # What `requests` raises is an OSError.
    return MlflowException, OSError, SQLAlchemyError


def reason(error: BaseException) -> str:
    """One short line: what an error goes back to, e.g. `[Errno 111] Connection refused`."""
    while cause := error.__cause__ or error.__context__:
        error = cause
    lines = str(error).splitlines()
    return lines[0][:200] if lines else type(error).__name__


def say_stopped(why: str, and_now: str) -> None:
    """Tell people that the log has ended, and what becomes of what it was about."""
    from tqdm import tqdm

    # tqdm's, so that the line does not end up in the middle of a progress bar.
    tqdm.write(f"logging to MLflow at {tracking_uri()} stopped ({why}); {and_now}", file=sys.stderr)
