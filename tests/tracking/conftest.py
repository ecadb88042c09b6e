"""Tiny trainings in a project of their own, and what MLflow knows of them afterwards."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from aebench.core import paths
from aebench.core.schema import parse
from aebench.data.prepared import Prepared
from aebench.tracking.live import LiveTracker
from aebench.tracking.server import SETTINGS, URI, client
from aebench.training.fit import CHECKPOINT_SECONDS
from aebench.training.runs import RUNS, Run, RunSpec, RunStore
from aebench.training.train import train_run

SHAPE = [1, 6, 6]
STACKED = {"name": "stacked", "widths": [8, 4], "unit": "silu"}
HIDDEN = {"widths": [8], "unit": "tanh"}
# The columns of the history differ, and the metrics.
KINDS: dict[str, dict[str, Any]] = {
    "finetuned": {"model": STACKED, "objective": {"name": "reconstruction", "loss": "sse"}},
    "layer-1": {
        "model": STACKED | {"widths": [8], "code": "silu"},
        "objective": {"name": "layer", "loss": "bce"},
    },
    "layer-2": {"model": STACKED, "objective": {"name": "layer", "loss": "bce"}},
    "vae": {
        "model": {
            "name": "vae",
            "latent": 2,
            "encoder": HIDDEN,
            "decoder": HIDDEN,
        },
        "objective": {"name": "elbo", "binarization": "stochastic"},
    },
}
Contents = list[dict[str, Any]]


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """MLflow's tables, made once: that takes seconds."""
    path = tmp_path_factory.mktemp("mlflow") / "mlflow.db"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(URI, f"sqlite:///{path}")
        client().search_experiments()
    return path


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, empty_database: Path) -> Path:
    """An empty project, which is the working directory."""
    for name in ("DVC_ROOT", URI, RUNS):
        monkeypatch.delenv(name, raising=False)
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv(CHECKPOINT_SECONDS, "0")
    monkeypatch.setattr(LiveTracker, "_stopped", False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mlflow.db").write_bytes(empty_database.read_bytes())
    return tmp_path


@pytest.fixture(scope="session")
def images() -> Prepared:
    generator = np.random.default_rng(0)
    split = np.repeat([0, 1, 2], [60, 20, 20]).astype(np.uint8)
    pixels = generator.integers(0, 256, (100, *SHAPE), np.uint8)
    return Prepared(pixels, None, split, ())


@pytest.fixture
def prepared(project: Path, images: Prepared) -> Prepared:
    images.save(paths.prepared("tiny"))
    return images


@pytest.fixture
def spec(prepared: Prepared) -> Callable[..., RunSpec]:
    def spec(kind: str = "finetuned", epochs: int = 4, **changes: Any) -> RunSpec:
        training = {
            "epochs": epochs,
            "batch_size": 20,
            "optimizer": {"name": "adamw", "lr": 1e-2, "weight_decay": 0.01},
            "schedule": {"name": "constant"},
        }
        whole = {
            "training": training,
            "precision": "fp32",
            "threads": 1,
            "data": prepared.checksum,
            "image_shape": SHAPE,
            "seed": 0,
        }
        return parse(RunSpec, whole | KINDS[kind] | changes, "spec")

    return spec


@pytest.fixture
def tracked(prepared: Prepared, spec) -> Callable[..., Run]:
    """Train a run as a stage does, in the project's run store unless another one is named."""

    def tracked(
        kind: str = "finetuned",
        tracker: Callable[[str], LiveTracker] = LiveTracker,
        store: str = "runs",
        **changes: Any,
    ) -> Run:
        with tracker("tiny") as listener:
            this = spec(kind, **changes)
            label = f"{kind}-seed-{this.seed}"
            return train_run(this, prepared, label, RunStore(Path(store)), listener=listener)

    return tracked


@pytest.fixture
def untracked(prepared: Prepared, spec) -> Callable[..., Run]:
    """The same run, trained elsewhere without a tracker."""

    def untracked(kind: str = "finetuned", **changes: Any) -> Run:
        return train_run(spec(kind, **changes), prepared, "untracked", RunStore(Path("elsewhere")))

    return untracked


@pytest.fixture
def restored(untracked) -> Callable[..., Run]:
    """A run's copy as DVC restores it: in `models/`, without cost, and no run store."""

    def restored(kind: str = "finetuned", **changes: Any) -> Run:
        run = untracked(kind, **changes)
        stage = paths.stage_runs("tiny", "finetune")
        return run.copy_to(stage / f"{kind}-seed-{run.spec.seed}")

    return restored


@pytest.fixture
def contents() -> Callable[[], Contents]:
    """All that MLflow has of the data set, a dict a run, without ids, times and folders."""

    def contents() -> Contents:
        mlflow = client()
        experiment = mlflow.get_experiment_by_name("tiny")
        if experiment is None:
            return []
        runs = mlflow.search_runs([experiment.experiment_id], order_by=["tags.mlflow.runName"])
        return [_contents(mlflow, run) for run in runs]

    return contents


def _contents(mlflow, run) -> dict[str, Any]:
    id = run.info.run_id
    models = mlflow.search_logged_models([run.info.experiment_id], f"source_run_id = '{id}'")
    return {
        "name": run.info.run_name,
        "status": run.info.status,
        "ended": run.info.end_time is not None,
        "params": run.data.params,
        "tags": run.data.tags,
        "metrics": {
            name: sorted((p.step, p.value) for p in mlflow.get_metric_history(id, name))
            for name in run.data.metrics
        },
        "data": [(i.dataset.name, i.dataset.digest) for i in run.inputs.dataset_inputs],
        "artifacts": sorted(file.path for file in mlflow.list_artifacts(id)),
        "models": [
            SimpleNamespace(
                name=model.name,
                status=str(model.status),
                params=model.params,
                metrics={metric.key: metric.value for metric in model.metrics or []},
                files=sorted(f.path for f in mlflow.list_logged_model_artifacts(model.model_id)),
            )
            for model in models
        ],
        # By the run's own page.
        "outputs": len(run.outputs.model_outputs),
    }


@pytest.fixture
def files() -> Callable[[Run], dict[str, bytes]]:
    """The bytes of a run's result."""

    def files(run: Run) -> dict[str, bytes]:
        return {p.name: p.read_bytes() for p in run.folder.iterdir() if p.name != "cost.json"}

    return files
