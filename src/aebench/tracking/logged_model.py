"""Log a run's model for MLflow to serve: safetensors, `serving.py` and plug-ins, no pickle."""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from aebench.core.plugins import LOADED, used_by
from aebench.training import saved_models
from aebench.training.runs import Run

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import LoggedModel

NAME = "model"
# A path, since MLflow runs the file itself.
SERVING = Path(__file__).with_name("serving.py")


def log_model(
    client: "MlflowClient", experiment: str, entry: str, run: Run, params: dict[str, str]
) -> str:
    """Log the run's model to its entry unless it is logged; returns MLflow's id of the model.

    In steps instead of by `mlflow.pyfunc.log_model`, which needs a run that is active in the
    calling thread, and after a failure would leave an incomplete model and create another one.
    """
    from mlflow.entities import LoggedModelOutput, LoggedModelStatus

    models = client.search_logged_models([experiment], f"source_run_id = '{entry}'", max_results=1)
    model = (
        models[0]
        if models
        else client.create_logged_model(experiment, NAME, source_run_id=entry, params=params)
    )
    outputs = client.get_run(entry).outputs
    logged = outputs.model_outputs if outputs else []
    if model.model_id not in {output.model_id for output in logged}:
        client.log_outputs(entry, [LoggedModelOutput(model.model_id, step=0)])
    if model.status != LoggedModelStatus.READY:
        with tempfile.TemporaryDirectory() as folder:
            _save(run, entry, model, Path(folder))
            client.log_model_artifacts(model.model_id, str(Path(folder) / NAME))
        client.finalize_logged_model(model.model_id, LoggedModelStatus.READY)
    return model.model_id


def _save(run: Run, entry: str, model: "LoggedModel", folder: Path) -> None:
    import mlflow
    import numpy as np

    weights = folder / "weights.safetensors"
    saved_models.save(run, weights)
    used = [LOADED[name] for name in used_by([run.spec.model])]
    files = [plugin for plugin in used if plugin.is_file]
    example = np.zeros((1, *run.spec.image_shape), np.float32)
    mlflow.pyfunc.save_model(
        folder / NAME,
        python_model=str(SERVING),
        artifacts={
            "weights": str(weights),
            "description": str(weights.with_suffix(".json")),
            **{f"plug-in {plugin.name}": plugin.reference for plugin in files},
        },
        model_config={"plugins": [plugin.name for plugin in used if plugin not in files]},
        input_example=example,
        signature=mlflow.models.infer_signature(example, example),
        # Without it, MLflow would load the model in another process to find out what it imports.
        pip_requirements=["aebench"],
        mlflow_model=mlflow.models.Model(
            artifact_path=model.artifact_location,
            run_id=entry,
            model_id=model.model_id,
            model_uuid=model.model_id,
        ),
    )
