"""Cross-entropy between the classes that are and those that a classifier says."""

import torch
from torch import Tensor
from torch.nn import functional as F

from aebench.core.errors import InputError
from aebench.data.examples import split
from aebench.data.pixels import in_chunks, to_float
from aebench.models.classifier import Classifier
from aebench.objectives.base import penalized
from aebench.objectives.criterion import Criterion
from aebench.objectives.sections.classify import Classify as ClassifySection


class Classify(Criterion):
    """Minimizes -log of the true class's probability, in nats; batches are rows with labels."""

    def __init__(self, config: ClassifySection):
        self.config = config

    def trainable(self, model: Classifier) -> Classifier:
        """The model itself; raises InputError where it is no classifier."""
        if not isinstance(model, Classifier):
            raise InputError("objective: classify needs the model 'classifier'")
        return model

    def inputs(self, model: Classifier, rows: Tensor) -> Tensor:
        return rows

    def __call__(self, trainable: Classifier, batch: Tensor, epoch: float) -> dict[str, Tensor]:
        loss = self.validate(trainable, batch)["loss"]
        return penalized(loss, self.config.penalties, trainable)

    def validate(self, trainable: Classifier, batch: Tensor) -> dict[str, Tensor]:
        images, labels = split(batch, trainable.image_shape)
        logits = trainable(images).float()
        accuracy = (logits.argmax(1) == labels).float().mean()
        return {"loss": F.cross_entropy(logits, labels), "accuracy": accuracy}

    @torch.no_grad()
    def metrics(self, model: Classifier, rows: Tensor) -> dict[str, float]:
        """`accuracy`, a share of the images, and `cross_entropy`, nats an image."""
        sums = {"loss": 0.0, "accuracy": 0.0}
        for part in in_chunks(rows):
            for name, value in self.validate(model, to_float(part)).items():
                sums[name] += value.item() * len(part)
        accuracy, loss = sums["accuracy"] / len(rows), sums["loss"] / len(rows)
        return {"accuracy": accuracy, "cross_entropy": loss}
