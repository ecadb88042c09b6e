"""Where MLflow is looked for."""

import os
from pathlib import Path

import pytest
import warm

from aebench.tracking.server import URI, client, experiment_id, reason, tracking_uri


def test_the_store_is_in_the_projects_folder(project: Path, monkeypatch) -> None:
    assert tracking_uri() == f"sqlite:///{project}/mlflow.db"
    # Inside the copy that `dvc exp run` works in.
    inside = project / ".dvc/tmp/exps/1"
    inside.mkdir(parents=True)
    monkeypatch.chdir(inside)
    monkeypatch.setenv("DVC_ROOT", str(project))
    assert tracking_uri() == f"sqlite:///{project}/mlflow.db"
    monkeypatch.setenv(URI, "http://somewhere")
    assert tracking_uri() == "http://somewhere"


@pytest.mark.parametrize("place", ["", "sub/folder with space"])
def test_artifacts_lie_beside_the_database(
    place: str, project: Path, empty_database: Path, monkeypatch
) -> None:
    folder = project / place
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "mlflow.db").write_bytes(empty_database.read_bytes())
    monkeypatch.setenv(URI, f"sqlite:///{folder}/mlflow.db")
    mlflow = client()
    first = experiment_id(mlflow, "tiny")
    assert experiment_id(mlflow, "tiny") == first
    location = mlflow.get_experiment(first).artifact_location
    assert location == (folder / "mlartifacts" / "tiny").as_uri()


def test_the_dashboard_takes_an_experiment_for_one_of_training(
    project: Path, empty_database: Path, monkeypatch
) -> None:
    (project / "mlflow.db").write_bytes(empty_database.read_bytes())
    monkeypatch.setenv(URI, f"sqlite:///{project}/mlflow.db")
    made = client().get_experiment(experiment_id(client(), "tiny"))
    assert made.tags["mlflow.experimentKind"] == "custom_model_development"


def test_the_reason_of_an_error_is_its_root_in_one_line() -> None:
    try:
        try:
            raise OSError(111, "Connection refused")
        except OSError as cause:
            raise RuntimeError("retries\nexhausted") from cause
    except RuntimeError as error:
        assert reason(error) == "[Errno 111] Connection refused"
    assert reason(ValueError("first\nsecond")) == "first"
    assert reason(TimeoutError()) == "TimeoutError"


def test_processes_make_a_new_database_together(project: Path) -> None:
    program = (
        "from aebench.tracking.server import client, experiment_id; experiment_id(client(), 'tiny')"
    )
    environment = os.environ | {URI: f"sqlite:///{project}/new.db"}
    started = [warm.python(program, cwd=project, env=environment) for _ in range(3)]
    assert [process.wait() for process in started] == [0, 0, 0]
