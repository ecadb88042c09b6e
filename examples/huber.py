"""The objective `huber`: squared error of small errors, absolute error of large ones."""

from typing import Literal

from pydantic import PositiveFloat
from torch.nn import functional as F

from aebench.core.errors import InputError
from aebench.objectives.base import Objective
from aebench.objectives.criterion import Criterion
from aebench.objectives.reconstruction import squared_error, sse_of_each


class Huber(Objective):
    """Huber's loss (1964) of a pixel's error, summed over pixels; quadratic up to `delta`."""

    name: Literal["huber"]
    delta: PositiveFloat = 0.3

    def build(self):
        return HuberCriterion(self.delta)


class HuberCriterion(Criterion):
    def __init__(self, delta):
        self.delta = delta

    def trainable(self, model):
        if not hasattr(model, "reconstruct"):
            raise InputError("objective: huber needs a model that reconstructs images")
        return model

    def __call__(self, trainable, batch, epoch):
        output = trainable.reconstruct(batch)
        loss = F.huber_loss(output.float(), batch, reduction="sum", delta=self.delta)
        return {"loss": loss / len(batch)}

    def validate(self, trainable, batch):
        error = squared_error(trainable.reconstruct(batch).float(), batch)
        return {**self(trainable, batch, 0.0), "sse_per_image": error}

    def metrics(self, model, images):
        return {"sse_per_image": sse_of_each(model, images).mean().item()}
