"""The classifier that judges restored images: one for all, trained on clean ones."""

import numpy as np
from torch import Tensor

from aebench.data.prepared import Prepared
from aebench.measures.subject import batches
from aebench.params import Training
from aebench.schema import parse
from aebench.training.device import device
from aebench.training.fit import train
from aebench.training.runs import RunSpec, RunStore

ENCODER = {"net": "conv", "channels": [16, 32], "unit": "relu", "dropout": 0.1}
TRAINING = {
    "epochs": 15,
    "batch_size": 100,
    "optimizer": {"name": "adamw", "lr": 2e-3, "weight_decay": 0.01},
    "schedule": {"name": "cosine"},
}


def run_spec(prepared: Prepared) -> RunSpec:
    """The same run for all that is measured on these data, so that nothing else differs."""
    return RunSpec(
        model={
            "name": "classifier",
            "image_shape": prepared.image_shape,
            "classes": int(prepared.labels.max()) + 1,
            "features": 64,
            "encoder": ENCODER,
        },
        objective={"name": "classify"},
        training=parse(Training, TRAINING, "classifier").differing(),
        precision="fp32",
        data=prepared.checksum,
        seed=0,
    )


class CleanClassifier:
    """Trained now, or found in the store; the data must have labels."""

    def __init__(self, prepared: Prepared, store: RunStore):
        run = train(
            run_spec(prepared), prepared, "classifier of clean images", store, progress=False
        )
        self.model = run.model().to(device())

    def error(self, images: np.ndarray, labels: np.ndarray) -> float:
        """The share of images, float or uint8 N x C x H x W, taken for another class."""

        def classes(part: Tensor) -> Tensor:
            return self.model(part).argmax(1)

        return float((batches(classes, images) != labels).mean())
