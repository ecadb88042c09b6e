"""A project folder with tiny data and a tiny study, as a person has it before them."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tiny_project import write_project, write_yaml

from aebench.data.prepared import Prepared

BASE = {
    "threads": 1,
    "model": {"name": "stacked", "widths": [12, 4], "unit": "silu"},
    "objective": {"name": "reconstruction", "loss": "sse"},
    "pretrain": None,
    "training": {
        "epochs": 8,
        "batch_size": 25,
        "optimizer": {"name": "adamw", "lr": 1e-2},
        "schedule": {"name": "cosine"},
    },
}
STUDY = {
    "title": "Tiny",
    "question": "Does it work?",
    "seeds": [0, 1, 2, 3, 4],
    "axes": {
        "pretraining": {"none": {}, "greedy": {"pretrain": {"method": "greedy", "share": 0.5}}},
        "rate": {"low": {"training.optimizer.lr": 1e-3}, "high": {}},
    },
    "targets": [5.0],
    "claims": [
        {
            "claim": "Long steps are better.",
            "metric": "test_sse_per_image",
            "a": {"rate": "high"},
            "b": {"rate": "low"},
            "each": ["pretraining"],
            "exempt": "Nets that train for a second lose to PCA.",
        }
    ],
    "sets": {"tiny": {}},
}
Write = Callable[..., None]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, prepared: Prepared) -> Path:
    """The folder, which is also the current one; its run store and its MLflow are its own."""
    write_project(tmp_path, prepared)
    write_yaml(tmp_path / "studies" / "base.yaml", BASE)
    write_yaml(tmp_path / "studies" / "small.yaml", STUDY)
    for name in ("AEBENCH_RUNS", "DVC_ROOT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/mlflow.db")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def study(project: Path) -> Write:
    """`study(**changes)` writes studies/small.yaml with other top-level values."""

    def study(**changes) -> None:
        write_yaml(project / "studies" / "small.yaml", STUDY | changes)

    return study
