"""Reconstruction error, of whole nets and of single layers, with optional masking of the input."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aebench.data.pixels import in_chunks, to_float
from aebench.models.stacked import StackedAutoencoder
from aebench.objectives import config


def mask(x: Tensor, rate: float) -> Tensor:
    """Masking noise (Vincent et al. 2010): each number is set to 0 with probability `rate`."""
    return x * (torch.rand_like(x) >= rate) if rate else x


def squared_error(output: Tensor, target: Tensor) -> Tensor:
    """Summed over everything but the first dimension, averaged over that."""
    return (output - target).square().flatten(1).sum(1).mean()


def pixel_loss(logits: Tensor, images: Tensor, loss: config.Loss) -> Tensor:
    """`loss` between sigmoid(logits) and the images, summed over pixels, averaged over images."""
    logits = logits.float()
    if loss == "sse":
        return squared_error(logits.sigmoid(), images)
    return F.binary_cross_entropy_with_logits(logits, images, reduction="sum") / len(images)


class Reconstruction:
    """Minimizes the error between an image and its reconstruction from a corrupted version."""

    def __init__(self, config: config.Reconstruction):
        self.config = config

    def trainee(self, model: StackedAutoencoder) -> nn.Module:
        return model

    def inputs(self, model: StackedAutoencoder, images: Tensor) -> Tensor:
        """What batches are cut from: the images themselves, uint8."""
        return images

    def __call__(self, trainee: nn.Module, batch: Tensor, epoch: float) -> dict[str, Tensor]:
        logits = trainee.logits(mask(batch, self.config.corruption))
        return {"loss": pixel_loss(logits, batch, self.config.loss)}

    def validate(self, trainee: nn.Module, batch: Tensor) -> dict[str, Tensor]:
        """`loss` of the clean images, and the unit that results are stated in."""
        logits = trainee.logits(batch)
        return {
            "loss": pixel_loss(logits, batch, self.config.loss),
            "sse_per_image": pixel_loss(logits, batch, "sse"),
        }

    def metrics(self, model: StackedAutoencoder, images: Tensor) -> dict[str, float]:
        """`sse_per_image` of uint8 images: summed over pixels, averaged over images."""
        return {"sse_per_image": sse_of_each(model, images).mean().item()}


class LayerReconstruction(Reconstruction):
    """Greedy layer-wise training: only the innermost pair learns, on codes computed once."""

    def trainee(self, model: StackedAutoencoder) -> nn.Module:
        return model if len(model.encoder.layers) == 1 else model.innermost()

    def inputs(self, model: StackedAutoencoder, images: Tensor) -> Tensor:
        """The frozen layers' codes, float N x width; for the first layer the uint8 images."""
        if len(model.encoder.layers) == 1:
            return images
        with torch.no_grad():
            return torch.cat([model.outer_codes(to_float(part)) for part in in_chunks(images)])

    def __call__(self, trainee: nn.Module, batch: Tensor, epoch: float) -> dict[str, Tensor]:
        if isinstance(trainee, StackedAutoencoder):
            return super().__call__(trainee, batch, epoch)
        output = trainee.logits(mask(batch, self.config.corruption))
        return {"loss": squared_error(output.float(), batch)}

    def validate(self, trainee: nn.Module, batch: Tensor) -> dict[str, Tensor]:
        if isinstance(trainee, StackedAutoencoder):
            return super().validate(trainee, batch)
        return {"loss": squared_error(trainee.logits(batch).float(), batch)}


@torch.no_grad()
def sse_of_each(model: nn.Module, images: Tensor) -> Tensor:
    """Squared reconstruction error of each uint8 image, summed over its pixels (N, float64)."""
    errors = []
    for part in in_chunks(images):
        target = to_float(part)
        errors.append((model.reconstruct(target) - target).double().square().flatten(1).sum(1))
    return torch.cat(errors)
