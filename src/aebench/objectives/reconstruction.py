"""The reconstruction error of whole nets and of single layers, from clean or corrupted inputs."""

from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aebench.core.errors import InputError
from aebench.data.pixels import in_chunks, joined, to_float
from aebench.models.encoder_decoder import EncoderDecoder
from aebench.models.latent import LatentVariableModel
from aebench.models.stacked import LayerPair, StackedAutoencoder
from aebench.models.vae import VAE
from aebench.objectives.base import PixelLoss, penalized
from aebench.objectives.criterion import Criterion
from aebench.objectives.sections import reconstruction as sections


def squared_error(output: Tensor, target: Tensor) -> Tensor:
    """Squared error, summed over all dimensions but the first, averaged over the first."""
    return (output - target).square().flatten(1).sum(1).mean()


def pixel_loss(logits: Tensor, images: Tensor, loss: PixelLoss) -> Tensor:
    """`loss` between sigmoid(logits) and images, summed over pixels, averaged over images."""
    logits = logits.float()
    if loss == "sse":
        return squared_error(logits.sigmoid(), images)
    return F.binary_cross_entropy_with_logits(logits, images, reduction="sum") / len(images)


# The whole model, or the layer that greedy pretraining trains.
Trainable = EncoderDecoder | LayerPair


class Reconstruction(Criterion[EncoderDecoder, Trainable]):
    """Minimizes the error of the image reconstructed from its corrupted version, and penalties."""

    def __init__(self, config: sections.Reconstruction | sections.LayerReconstruction):
        self.config = config
        self.needs_input_gradient = any(p.needs_input_gradient for p in config.penalties)

    def trainable(self, model: nn.Module) -> Trainable:
        """The part that is trained; raises InputError if the model does not fit, or a penalty."""
        if not hasattr(model, "encode"):
            raise InputError(
                "objective",
                "reconstruction needs a code",
                "the models stacked, autoencoder, vae, two-layer-vae",
            )
        if isinstance(model, LatentVariableModel) and model.likelihood.maps > 1:
            raise InputError(
                "objective",
                f"reconstruction needs one number a pixel, and {model.likelihood_name} has more",
                "the likelihoods bernoulli, continuous-bernoulli",
            )
        if isinstance(model, VAE) and model.pixels:
            raise InputError(
                "objective",
                "reconstruction needs pixels that are independent given the code",
                "model.pixels null",
            )
        for penalty in self.config.penalties:
            penalty.check(model)
        return self.part(cast(EncoderDecoder, model))

    def part(self, model: EncoderDecoder) -> Trainable:
        """The part of a fitting model that is trained."""
        return model

    def __call__(self, trainable: Trainable, batch: Tensor, epoch: float) -> dict[str, Tensor]:
        inputs = self.config.corruption.corrupt(batch)
        if self.needs_input_gradient:
            inputs = inputs.detach().requires_grad_()
        code = trainable.encode(inputs)
        error = self.error(trainable, trainable.decode_logits(code), batch)
        if not self.config.penalties:
            return {"loss": error}
        terms = penalized(error, self.config.penalties, trainable, inputs, code)
        return {**terms, "reconstruction": error}

    def error(self, trainable: Trainable, output: Tensor, target: Tensor) -> Tensor:
        """The error of outputs before their sigmoid, averaged over the batch."""
        return pixel_loss(output, target, self.config.loss)

    def validate(self, trainable: Trainable, batch: Tensor) -> dict[str, Tensor]:
        """The error on clean images without penalties, and the squared error that results state."""
        logits = trainable.logits(batch)
        return {
            "loss": pixel_loss(logits, batch, self.config.loss),
            "sse_per_image": pixel_loss(logits, batch, "sse"),
        }

    def metrics(self, model: EncoderDecoder, images: Tensor) -> dict[str, float]:
        """`sse_per_image` of uint8 images, summed over pixels and averaged over images.

        With the loss bce also `bce_per_pixel`, in nats, averaged over pixels and images.
        """
        measured = {"sse_per_image": sse_of_each(model, images).mean().item()}
        if self.config.loss == "bce":
            measured["bce_per_pixel"] = bce_per_pixel(model, images)
        return measured


class LayerReconstruction(Reconstruction):
    """Greedy pretraining: only the innermost pair is trained, on codes computed once."""

    def part(self, model: EncoderDecoder) -> Trainable:
        stacked = _stacked(model)
        return stacked if len(stacked.encoder.layers) == 1 else stacked.innermost()

    def inputs(self, model: EncoderDecoder, images: Tensor) -> Tensor:
        """The frozen layers' codes, float N x width; for the first layer the uint8 images."""
        stacked = _stacked(model)
        if len(stacked.encoder.layers) == 1:
            return images
        with torch.no_grad():
            codes = (stacked.outer_codes(to_float(part)) for part in in_chunks(images))
            return joined(codes, len(images), "codes of the layers before")

    def error(self, trainable: Trainable, output: Tensor, target: Tensor) -> Tensor:
        if isinstance(trainable, LayerPair):
            return squared_error(output.float(), target)
        return super().error(trainable, output, target)

    def validate(self, trainable: Trainable, batch: Tensor) -> dict[str, Tensor]:
        if isinstance(trainable, LayerPair):
            return {"loss": self.error(trainable, trainable.logits(batch), batch)}
        return super().validate(trainable, batch)


def _stacked(model: EncoderDecoder) -> StackedAutoencoder:
    if not isinstance(model, StackedAutoencoder):
        raise InputError("objective", "layer needs the model 'stacked'")
    return model


@torch.no_grad()
def sse_of_each(model: Any, images: Tensor) -> Tensor:
    """Squared reconstruction error of each uint8 image, summed over its pixels: N, float64.

    `model` is anything that reconstructs, such as an EncoderDecoder or a baseline.
    """
    errors = []
    for part in in_chunks(images):
        target = to_float(part)
        errors.append((model.reconstruct(target) - target).double().square().flatten(1).sum(1))
    return torch.cat(errors)


@torch.no_grad()
def bce_per_pixel(model: EncoderDecoder, images: Tensor) -> float:
    """Cross-entropy between uint8 images and their reconstructions, in nats per pixel."""
    total = 0.0
    for part in in_chunks(images):
        target = to_float(part)
        total += pixel_loss(model.logits(target), target, "bce").item() * len(part)
    return total / images.numel()
