"""MLflow's files are those of the project, whatever its folder is called and wherever it moves."""

import shutil
from pathlib import Path

import pytest

from aebench.core.errors import InputError
from aebench.tracking.server import client, experiment_id
from aebench.tracking.track import track


@pytest.fixture
def moved(project, monkeypatch):
    """`moved(name)`: a copy of the project in a folder of it, which is the current one."""

    def moved(name: str) -> Path:
        from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore
        from mlflow.tracking._tracking_service import utils

        # MLflow remembers databases by their addresses, which may be relative, and where the
        # artifacts of a run were.
        utils._tracking_store_registry._get_store_with_resolved_uri.cache_clear()
        utils._artifact_repos_cache.clear()
        monkeypatch.setattr(SqlAlchemyStore, "_engine_map", {})
        (project / name).mkdir()
        for path in [path for path in project.iterdir() if path.name != name]:
            (shutil.copytree if path.is_dir() else shutil.copy)(path, project / name / path.name)
        monkeypatch.chdir(project / name)
        return project / name

    return moved


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("name", ["job_feature%2Fx", "a%20b", "a?b"])
def test_a_folder_of_any_name(name, moved, project, tracked, contents, capfd) -> None:
    here = moved(name)
    before = {path.name for path in project.iterdir()}
    tracked()
    (run,) = contents()
    assert run["status"] == "FINISHED" and len(run["models"][0].files) > 1
    assert any(path.endswith("curves.png") for path in files(here / "mlartifacts"))
    assert {path.name for path in project.iterdir()} == before
    assert "MLflow" not in capfd.readouterr().err


def test_a_copied_project_has_files_of_its_own(moved, project, tracked, contents) -> None:
    tracked(seed=1)
    before = contents()
    here = moved("copy")
    shutil.rmtree(project / "mlartifacts")
    assert contents() == before
    tracked(seed=2)
    assert not (project / "mlartifacts").exists()
    experiment = client().get_experiment(experiment_id(client(), "tiny"))
    assert experiment.artifact_location == (here / "mlartifacts" / "tiny").as_uri()


def test_artifacts_that_people_keep_elsewhere_stay_there(project, tracked) -> None:
    elsewhere = (project / "elsewhere" / "tiny").as_uri()
    client().create_experiment("tiny", artifact_location=elsewhere)
    tracked()
    assert client().get_experiment_by_name("tiny").artifact_location == elsewhere
    assert any(path.endswith("curves.png") for path in files(project / "elsewhere"))


def test_a_deleted_experiment_is_said_once_and_stays_deleted(
    tracked, restored, capfd, monkeypatch
) -> None:
    tracked(seed=1)
    experiment = experiment_id(client(), "tiny")
    client().delete_experiment(experiment)
    capfd.readouterr()
    for seed in (2, 3):
        assert tracked(seed=seed).history
    (line,) = [line for line in capfd.readouterr().err.splitlines() if "MLflow" in line]
    command = f"mlflow experiments restore --experiment-id {experiment}`"
    assert "experiment 'tiny' is deleted" in line and command in line
    assert client().get_experiment(experiment).lifecycle_stage == "deleted"
    restored(seed=2)
    with pytest.raises(InputError, match=r"is deleted; .*restore"):
        track()
    client().restore_experiment(experiment)
    assert track() == (1, 1)
