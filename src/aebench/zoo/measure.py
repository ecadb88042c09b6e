"""The numbers on the cards: of each image, so that they have an interval."""

import math
from typing import Any

import torch
from torch import Tensor, nn

from aebench.core.seeding import seeded
from aebench.data.binarization import Binarization
from aebench.metrics.importance import log_likelihood
from aebench.models.latent import LatentVariableModel
from aebench.objectives.reconstruction import sse_of_each
from aebench.zoo.cards import NOISE, SAMPLES


@torch.no_grad()
def of_each(metric: str, model: nn.Module, images: Tensor) -> Tensor:
    """A metric, one of `cards.METRICS`, of each image: N, float64, the same each time.

    Images are uint8, N x C x H x W.
    """
    if metric == "sse_per_image":
        return sse_of_each(model, images)
    if metric == "restored_sse":
        with seeded(0, "noise"):
            return sse_of_each(_OfNoisy(model), images)
    assert isinstance(model, LatentVariableModel)
    binarization: Binarization = "stochastic" if metric == "nll" else "none"
    nats = -log_likelihood(model, images, SAMPLES, binarization, seed=0).of_each
    return nats / (1 if metric == "nll" else math.log(2) * images[0].numel())


class _OfNoisy:
    """A model that is given images with noise."""

    def __init__(self, model: Any):
        self.model = model

    def reconstruct(self, images: Tensor) -> Tensor:
        return self.model.reconstruct(images + NOISE * torch.randn(images.shape))
