"""The numbers on the cards: of each image, so that they have an interval."""

import math

import torch
from torch import Tensor, nn

from aebench.core.seeding import seeded
from aebench.data.binarization import Binarization
from aebench.data.pixels import in_chunks, to_float
from aebench.metrics.importance import log_likelihood
from aebench.models.encoder_decoder import EncoderDecoder
from aebench.models.latent import LatentVariableModel
from aebench.zoo.cards import NOISE, SAMPLES


@torch.no_grad()
def of_each(metric: str, model: nn.Module, images: Tensor) -> Tensor:
    """A metric, one of `cards.METRICS`, of each image: N, float64, the same each time.

    Images are uint8, N x C x H x W.
    """
    if metric in ("sse_per_image", "restored_sse"):
        assert isinstance(model, EncoderDecoder)
        return _errors(model, images, NOISE if metric == "restored_sse" else 0.0)
    assert isinstance(model, LatentVariableModel)
    binarization: Binarization = "stochastic" if metric == "nll" else "none"
    nats = -log_likelihood(model, images, SAMPLES, binarization, seed=0).of_each
    return nats / (1 if metric == "nll" else math.log(2) * images[0].numel())


def _errors(model: EncoderDecoder, images: Tensor, noise: float) -> Tensor:
    errors = []
    with seeded(0, "noise"):
        for part in in_chunks(images):
            clean = to_float(part)
            seen = clean + noise * torch.randn(clean.shape) if noise else clean
            errors.append((model.reconstruct(seen) - clean).double().square().sum((1, 2, 3)))
    return torch.cat(errors)
