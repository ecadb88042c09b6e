"""The code of the models logged to MLflow: images in, their reconstructions out.

Both are float32 in [0, 1], N x C x H x W.
"""

import mlflow
import numpy as np
from mlflow.pyfunc import PythonModel


class Reconstructor(PythonModel):
    """Rebuilds the net from the logged safetensors file and its description."""

    def load_context(self, context) -> None:
        from aebench.training.saved import load

        files = [path for name, path in context.artifacts.items() if name.startswith("plug-in ")]
        packages = context.model_config.get("plugins", [])
        self.model = load(context.artifacts["weights"], plugins=[*files, *packages])

    def predict(self, context, model_input: np.ndarray, params=None) -> np.ndarray:
        import torch

        with torch.no_grad():
            return self.model.reconstruct(torch.as_tensor(model_input).float()).numpy()


mlflow.models.set_model(Reconstructor())
