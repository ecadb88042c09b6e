"""The cross-entropy of a classifier."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aebench.core.errors import InputError
from aebench.data.examples import split
from aebench.data.pixels import in_chunks, to_float
from aebench.models.classifier import Classifier
from aebench.objectives.base import penalized
from aebench.objectives.criterion import Criterion
from aebench.objectives.sections.classify import Classify as ClassifySection


class Classify(Criterion[Classifier, Classifier]):
    """Minimizes -log of the true class's probability, in nats; batches are rows with labels."""

    def __init__(self, config: ClassifySection):
        self.config = config

    def trainable(self, model: nn.Module) -> Classifier:
        """The model itself; raises InputError if it is not a classifier."""
        if not isinstance(model, Classifier):
            raise InputError("objective", "classify needs the model 'classifier'")
        return model

    def __call__(self, trainable: Classifier, batch: Tensor, epoch: float) -> dict[str, Tensor]:
        loss = self.validate(trainable, batch)["loss"]
        return penalized(loss, self.config.penalties, trainable)

    def validate(self, trainable: Classifier, batch: Tensor) -> dict[str, Tensor]:
        images, labels = split(batch, trainable.image_shape)
        logits = trainable(images).float()
        accuracy = (logits.argmax(1) == labels).float().mean()
        return {"loss": F.cross_entropy(logits, labels), "accuracy": accuracy}

    @torch.no_grad()
    def metrics(self, model: Classifier, images: Tensor) -> dict[str, float]:
        """`accuracy`, a share, and `cross_entropy`, in nats per image, of uint8 rows."""
        sums = {"loss": 0.0, "accuracy": 0.0}
        for part in in_chunks(images):
            for name, value in self.validate(model, to_float(part)).items():
                sums[name] += value.item() * len(part)
        accuracy, loss = sums["accuracy"] / len(images), sums["loss"] / len(images)
        return {"accuracy": accuracy, "cross_entropy": loss}
