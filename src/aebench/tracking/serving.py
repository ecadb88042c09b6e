"""The code of models logged to MLflow, which reconstruct images.

Images are float32 in [0, 1], N x C x H x W.
"""

from typing import Any

import mlflow
import numpy as np
from mlflow.pyfunc import PythonModel, PythonModelContext


class Reconstructor(PythonModel):
    """Rebuilds the net from the logged safetensors file and its description."""

    def load_context(self, context: PythonModelContext) -> None:
        from aebench.training.saved_models import load

        files = [path for name, path in context.artifacts.items() if name.startswith("plug-in ")]
        packages = context.model_config.get("plugins", [])
        self.model: Any = load(context.artifacts["weights"], plugins=[*files, *packages])

    def predict(
        self,
        context: PythonModelContext,
        model_input: np.ndarray,
        params: dict[str, Any] | None = None,
    ) -> np.ndarray:
        import torch

        with torch.no_grad():
            return self.model.reconstruct(torch.as_tensor(model_input).float()).numpy()


mlflow.models.set_model(Reconstructor())
