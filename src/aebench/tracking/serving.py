"""The code of models logged to MLflow, which reconstruct images.

Images are float32 in [0, 1], N x C x H x W.
"""

import sys
from functools import wraps
from typing import Any

import mlflow
import numpy as np
from mlflow.exceptions import MlflowException
from mlflow.pyfunc import PythonModel, PythonModelContext


class Reconstructor(PythonModel):
    """Rebuilds the net from the logged safetensors file and its description."""

    def load_context(self, context: PythonModelContext) -> None:
        from aebench.training.saved_models import load

        files = [path for name, path in context.artifacts.items() if name.startswith("plug-in ")]
        packages = context.model_config.get("plugins", [])
        self.model: Any = load(context.artifacts["weights"], plugins=[*files, *packages])
        _refuse_bad_requests()

    def predict(
        self,
        context: PythonModelContext,
        model_input: np.ndarray,
        params: dict[str, Any] | None = None,
    ) -> np.ndarray:
        """Reconstructions of images; raises MlflowException, status 400, for other values."""
        import torch

        # Also false for NaN.
        if not ((model_input >= 0) & (model_input <= 1)).all():
            raise MlflowException.invalid_parameter_value("pixels outside of [0, 1]")
        with torch.no_grad():
            return self.model.reconstruct(torch.as_tensor(model_input).float()).numpy()


def _refuse_bad_requests() -> None:
    """Have MLflow's server answer 400 to what it cannot parse, such as JSON nested too deeply.

    By itself it answers 500, as if the server were at fault.
    """
    server: Any = sys.modules.get("mlflow.pyfunc.scoring_server")
    if server is None or hasattr(server.invocations, "__wrapped__"):
        return
    answer = server.invocations

    @wraps(answer)
    def invocations(*args: Any, **kwargs: Any) -> Any:
        try:
            return answer(*args, **kwargs)
        except MlflowException:
            raise
        except Exception as error:
            reason = f"no images of the model's shape: {type(error).__name__}"
            raise MlflowException.invalid_parameter_value(reason) from None

    server.invocations = invocations


mlflow.models.set_model(Reconstructor())
