"""Reconstruction error of whole nets and of single layers, from inputs clean or corrupted."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aebench.core.errors import InputError
from aebench.data.pixels import in_chunks, to_float
from aebench.models.latent import LatentVariableModel
from aebench.models.stacked import LayerPair, StackedAutoencoder
from aebench.models.vae import VAE
from aebench.objectives.base import PixelLoss, penalized
from aebench.objectives.criterion import Criterion
from aebench.objectives.sections import reconstruction as sections


def squared_error(output: Tensor, target: Tensor) -> Tensor:
    """Summed over everything but the first dimension, averaged over that."""
    return (output - target).square().flatten(1).sum(1).mean()


def pixel_loss(logits: Tensor, images: Tensor, loss: PixelLoss) -> Tensor:
    """`loss` between sigmoid(logits) and the images, summed over pixels, averaged over images."""
    logits = logits.float()
    if loss == "sse":
        return squared_error(logits.sigmoid(), images)
    return F.binary_cross_entropy_with_logits(logits, images, reduction="sum") / len(images)


class Reconstruction(Criterion):
    """Minimizes the error of the image reconstructed from a corrupted version, and penalties."""

    def __init__(self, config: sections.Reconstruction | sections.LayerReconstruction):
        self.config = config
        self.needs_input_gradient = any(p.needs_input_gradient for p in config.penalties)

    def trainable(self, model: StackedAutoencoder) -> nn.Module:
        """The part of `model` that learns; InputError where it or a penalty does not fit."""
        if not hasattr(model, "encode"):
            raise InputError(
                "objective: reconstruction needs a code; allowed: the models stacked, autoencoder, "
                "vae, two-layer-vae"
            )
        if isinstance(model, LatentVariableModel) and model.likelihood.maps > 1:
            raise InputError(
                f"objective: reconstruction needs one number a pixel, and {model.likelihood_name} "
                "has more; allowed: the likelihoods bernoulli, continuous-bernoulli"
            )
        if isinstance(model, VAE) and model.pixels:
            raise InputError(
                "objective: reconstruction needs pixels that are independent given the code; "
                "allowed: model.pixels null"
            )
        for penalty in self.config.penalties:
            penalty.check(model)
        return self.part(model)

    def part(self, model: StackedAutoencoder) -> nn.Module:
        return model

    def inputs(self, model: StackedAutoencoder, images: Tensor) -> Tensor:
        """What batches are cut from: the images themselves, uint8."""
        return images

    def __call__(self, trainable: nn.Module, batch: Tensor, epoch: float) -> dict[str, Tensor]:
        inputs = self.config.corruption.corrupt(batch)
        if self.needs_input_gradient:
            inputs = inputs.detach().requires_grad_()
        code = trainable.encode(inputs)
        error = self.error(trainable, trainable.decode_logits(code), batch)
        if not self.config.penalties:
            return {"loss": error}
        terms = penalized(error, self.config.penalties, trainable, inputs, code)
        return {**terms, "reconstruction": error}

    def error(self, trainable: nn.Module, output: Tensor, target: Tensor) -> Tensor:
        return pixel_loss(output, target, self.config.loss)

    def validate(self, trainable: nn.Module, batch: Tensor) -> dict[str, Tensor]:
        """The error of the clean images by itself, and the unit that results are stated in."""
        logits = trainable.logits(batch)
        return {
            "loss": pixel_loss(logits, batch, self.config.loss),
            "sse_per_image": pixel_loss(logits, batch, "sse"),
        }

    def metrics(self, model: StackedAutoencoder, images: Tensor) -> dict[str, float]:
        """Of uint8 images: `sse_per_image`, summed over pixels and averaged over images.

        Where cross-entropy is minimized also `bce_per_pixel`, averaged over pixels too, in nats.
        """
        measured = {"sse_per_image": sse_of_each(model, images).mean().item()}
        if self.config.loss == "bce":
            measured["bce_per_pixel"] = bce_per_pixel(model, images)
        return measured


class LayerReconstruction(Reconstruction):
    """Greedy layer-wise training: only the innermost pair learns, on codes computed once."""

    def part(self, model: StackedAutoencoder) -> nn.Module:
        if not isinstance(model, StackedAutoencoder):
            raise InputError("objective: layer needs the model 'stacked'")
        return model if len(model.encoder.layers) == 1 else model.innermost()

    def inputs(self, model: StackedAutoencoder, images: Tensor) -> Tensor:
        """The frozen layers' codes, float N x width; for the first layer the uint8 images."""
        if len(model.encoder.layers) == 1:
            return images
        with torch.no_grad():
            return torch.cat([model.outer_codes(to_float(part)) for part in in_chunks(images)])

    def error(self, trainable: nn.Module, output: Tensor, target: Tensor) -> Tensor:
        if isinstance(trainable, LayerPair):
            return squared_error(output.float(), target)
        return super().error(trainable, output, target)

    def validate(self, trainable: nn.Module, batch: Tensor) -> dict[str, Tensor]:
        if isinstance(trainable, LayerPair):
            return {"loss": self.error(trainable, trainable.logits(batch), batch)}
        return super().validate(trainable, batch)


@torch.no_grad()
def sse_of_each(model: nn.Module, images: Tensor) -> Tensor:
    """Squared reconstruction error of each uint8 image, summed over its pixels (N, float64)."""
    errors = []
    for part in in_chunks(images):
        target = to_float(part)
        errors.append((model.reconstruct(target) - target).double().square().flatten(1).sum(1))
    return torch.cat(errors)


@torch.no_grad()
def bce_per_pixel(model: nn.Module, images: Tensor) -> float:
    """Cross-entropy between a pixel of uint8 images and its reconstruction, in nats."""
    total = 0.0
    for part in in_chunks(images):
        target = to_float(part)
        total += pixel_loss(model.logits(target), target, "bce").item() * len(part)
    return total / images.numel()
