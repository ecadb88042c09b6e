"""Which MLflow, reached how. Set before MLflow is imported: its HTTP client reads it then."""

import logging
import os
from pathlib import Path

URI = "MLFLOW_TRACKING_URI"
# A training can do without its log: give up on a server soon rather than late.
PATIENCE = {"MLFLOW_HTTP_REQUEST_TIMEOUT": "10", "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1"}


def project_root() -> Path:
    """The project's real folder, also inside a temporary copy that `dvc exp run` works in."""
    return Path(os.environ.get("DVC_ROOT") or Path.cwd()).resolve()


def tracking_uri() -> str:
    """`MLFLOW_TRACKING_URI`, else a SQLite file in the project's folder."""
    return os.environ.get(URI) or f"sqlite:///{project_root() / 'mlflow.db'}"


def client():
    """An MLflow client of `tracking_uri()`, which becomes MLflow's own default too."""
    for name, value in PATIENCE.items():
        os.environ.setdefault(name, value)
    import mlflow

    for noisy in ("mlflow", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    mlflow.set_tracking_uri(tracking_uri())
    return mlflow.MlflowClient()


def experiment_id(client, dataset: str) -> str:
    """The data set's experiment, made where it is not there yet."""
    from mlflow.exceptions import MlflowException

    found = client.get_experiment_by_name(dataset)
    if found is None:
        # A file store's artifacts lie beside it; a server knows where its own belong.
        local = tracking_uri().startswith("sqlite:")
        place = (project_root() / "mlartifacts" / dataset).as_uri() if local else None
        try:
            return client.create_experiment(dataset, artifact_location=place)
        except MlflowException:
            found = client.get_experiment_by_name(dataset)
            if found is None:
                raise
    return found.experiment_id
