"""A run's entry in MLflow: begun once, brought up to date as often as one likes."""

import subprocess
import time
from dataclasses import asdict
from functools import cache
from typing import Any

from aebench.tracking.server import experiment_id
from aebench.training.runs import Run, RunSpec

RUN_TAG, COMPLETE_TAG = "aebench.run", "aebench.complete"


def open_entry(client, dataset: str, label: str, spec: RunSpec) -> str:
    """MLflow's id of the entry of this run, made with its params where it is not there yet."""
    from mlflow.entities import Param

    experiment = experiment_id(client, dataset)
    found = client.search_runs([experiment], f"tags.`{RUN_TAG}` = '{spec.id}'", max_results=1)
    if found:
        return found[0].info.run_id
    tags = {RUN_TAG: spec.id, "mlflow.source.name": "aebench", "mlflow.source.type": "LOCAL"}
    if commit := git_commit():
        tags["mlflow.source.git.commit"] = commit
    entry = client.create_run(experiment, tags=tags, run_name=readable(label)).info.run_id
    params = [Param(key, str(value)) for key, value in flatten(asdict(spec)).items()]
    client.log_batch(entry, params=params)
    return entry


def log_row(client, entry: str, row: dict[str, float]) -> None:
    """One epoch's metrics, its step the epoch."""
    from mlflow.entities import Metric

    now = int(time.time() * 1000)
    metrics = [Metric(k, v, now, int(row["epoch"])) for k, v in row.items() if k != "epoch"]
    client.log_batch(entry, metrics=metrics)


def is_complete(client, entry: str) -> bool:
    return COMPLETE_TAG in client.get_run(entry).data.tags


def complete(client, entry: str, dataset: str, run: Run) -> bool:
    """Log what is missing of a finished run; False where nothing was."""
    from mlflow.entities import Metric

    if is_complete(client, entry):
        return False
    logged = {point.step for point in client.get_metric_history(entry, "validation_loss")}
    for row in run.history:
        if int(row["epoch"]) not in logged:
            log_row(client, entry, row)
    now = int(time.time() * 1000)
    final = flatten(run.metrics)
    final = [Metric(name.replace(".", "_final_", 1), v, now, 0) for name, v in final.items()]
    client.log_batch(entry, metrics=final)
    _log_data(client, entry, dataset, run)
    _log_pictures(client, entry, dataset, run)
    _log_model(entry, run)
    client.set_tag(entry, COMPLETE_TAG, "yes")
    client.set_terminated(entry, "FINISHED")
    return True


def _log_data(client, entry: str, dataset: str, run: Run) -> None:
    from mlflow.entities import Dataset, DatasetInput, InputTag

    data = Dataset(
        name=dataset, digest=run.spec.data, source_type="local", source=f"data/{dataset}"
    )
    client.log_inputs(entry, [DatasetInput(data, [InputTag("mlflow.data.context", "training")])])


def _log_pictures(client, entry: str, dataset: str, run: Run) -> None:
    from aebench import paths
    from aebench.data.prepared import Prepared
    from aebench.reporting.figures import curves, reconstructions

    client.log_figure(entry, curves({"": [run]}), "curves.png")
    prepared = paths.prepared(dataset)
    if prepared.exists():
        images = Prepared.load(prepared).part("validation")[0][:12]
        client.log_figure(
            entry, reconstructions(images, {"reconstruction": run.model()}), "reconstructions.png"
        )


def _log_model(entry: str, run: Run) -> None:
    """The model as MLflow serves it: rebuilt from safetensors by `serving.py`, no pickle."""
    import tempfile
    from pathlib import Path

    import mlflow
    import numpy as np
    from mlflow.models import infer_signature

    from aebench.models import saved
    from aebench.tracking import serving

    shape = run.spec.model["image_shape"]
    example = np.zeros((1, *shape), np.float32)
    with tempfile.TemporaryDirectory() as folder, mlflow.start_run(run_id=entry):
        path = Path(folder) / "model.safetensors"
        saved.save(run, path)
        mlflow.pyfunc.log_model(
            name="model",
            python_model=serving.__file__,
            artifacts={"weights": str(path), "description": str(path.with_suffix(".json"))},
            input_example=example,
            signature=infer_signature(example, example),
            pip_requirements=["aebench"],
        )


def flatten(nested: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested dicts as one, keys joined by dots; lists stay as they are."""
    flat: dict[str, Any] = {}
    for key, value in nested.items():
        if isinstance(value, dict):
            flat |= flatten(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = value
    return flat


def readable(label: str) -> str:
    """`layer-1-seed-0` -> `layer 1, seed 0`."""
    return label.replace("-seed-", ", seed ").replace("-", " ")


@cache
def git_commit() -> str | None:
    try:
        answer = subprocess.run(
            ["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return answer.stdout.strip()
