"""The classifier that judges: it reads images, and in its features they are compared.

It is a run as any other.
"""

import numpy as np
import torch
from torch import Tensor, nn

from aebench.data.pixels import in_chunks, to_float
from aebench.data.prepared import Prepared
from aebench.training.device import device
from aebench.training.fit import train
from aebench.training.runs import Run, RunSpec, RunStore

# Measures are named after it: in another net's features they have other values.
NAME = "small_inception"
MODEL = {
    "name": "classifier",
    "features": 64,
    "encoder": {"net": "inception", "channels": [16, 32], "unit": "relu", "batch_norm": True},
}
TRAINING = {
    "batch_size": 100,
    "optimizer": {"name": "adamw", "lr": 2e-3},
    "schedule": {"name": "cosine"},
}


def classifier(epochs: int, prepared: Prepared, store: RunStore) -> Run:
    """The trained classifier of these data, from the store or trained now."""
    shape = {"image_shape": prepared.image_shape, "classes": len(prepared.classes)}
    spec = RunSpec(
        model=MODEL | shape,
        objective={"name": "classify"},
        training=TRAINING | {"epochs": epochs},
        precision="fp32",
        data=prepared.checksum,
        seed=0,
    )
    return train(spec, prepared, NAME.replace("_", " "), store, progress=False)


@torch.no_grad()
def features(net: nn.Module, images: Tensor) -> np.ndarray:
    """N x 64, of images uint8 or float."""
    parts = [net.features(to_float(part.to(device()))) for part in in_chunks(images)]
    return torch.cat(parts).cpu().numpy()
