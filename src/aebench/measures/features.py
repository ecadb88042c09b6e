"""The classifier that measures read images with and compare them by its features.

It is a run like any other.
"""

import numpy as np
import torch
from torch import Tensor

from aebench.data.pixels import in_chunks, to_float
from aebench.data.prepared import Prepared
from aebench.models.classifier import Classifier as ClassifierNet
from aebench.models.sections.classifier import Classifier
from aebench.nets.sections.inception import InceptionEncoder
from aebench.objectives.sections.classify import Classify
from aebench.training.config import Training
from aebench.training.device import device
from aebench.training.optimizers.sections.adaptive import AdamW
from aebench.training.runs import Run, RunSpec, RunStore
from aebench.training.schedules.decays import Cosine
from aebench.training.train import train_run

# Columns are named after it: by another net's features they have other values.
NAME = "small_inception"
ENCODER = InceptionEncoder(net="inception", channels=[16, 32], unit="relu", batch_norm=True)
TRAINING = Training(
    epochs=1,
    batch_size=100,
    optimizer=AdamW(name="adamw", lr=2e-3),
    schedule=Cosine(name="cosine"),
)


def classifier(epochs: int, prepared: Prepared, store: RunStore) -> Run:
    """The classifier of these data, from the store or trained now."""
    spec = RunSpec(
        model=Classifier(classes=len(prepared.classes), features=64, encoder=ENCODER),
        objective=Classify(penalties=[]),
        training=TRAINING.model_copy(update={"epochs": epochs}).on(prepared),
        precision="fp32",
        # Small convolutions gain little from more than one.
        threads=1,
        data=prepared.checksum,
        image_shape=prepared.image_shape,
        seed=0,
    )
    return train_run(spec, prepared, NAME.replace("_", " "), store, progress=False)


@torch.no_grad()
def features(net: ClassifierNet, images: Tensor) -> np.ndarray:
    """The classifier's features of uint8 or float images, N x 64."""
    parts = [net.features(to_float(part.to(device()))) for part in in_chunks(images)]
    return torch.cat(parts).cpu().numpy()
