"""The base class of bounds on the likelihood: targets, KL warm-up and metrics."""

import torch
from torch import Tensor, nn

from aebench.core.errors import InputError
from aebench.data.examples import split
from aebench.data.pixels import at_a_time, binarized, drawn, in_chunks, to_float
from aebench.models.conditional import ConditionalVAE
from aebench.models.latent import LatentVariableModel
from aebench.objectives.criterion import Criterion
from aebench.objectives.sections.elbo import Elbo
from aebench.objectives.sections.iwae import Iwae

BoundedModel = LatentVariableModel | ConditionalVAE

# Images decoded at a time without a gradient: those that fit a CPU's caches, or fill a GPU.
BATCH_SIZE = {"cpu": 1_000, "cuda": 10_000}


class Bound(Criterion[BoundedModel, BoundedModel]):
    """The negative of a bound on log p(x), in nats per image; targets are binary or grey.

    For a conditional model it bounds log p(x|y), and batches are rows with labels.
    """

    config: Elbo | Iwae

    def __init__(self, config: Elbo | Iwae):
        self.config = config

    def means(self, model: LatentVariableModel, target: Tensor) -> dict[str, Tensor]:
        """`loss`, the negative bound without weights and penalties, and its parts; batch means."""
        raise NotImplementedError

    def trainable(self, model: nn.Module) -> BoundedModel:
        """The model itself; raises InputError if its likelihood does not fit the targets."""
        if not isinstance(model, LatentVariableModel | ConditionalVAE):
            raise InputError(
                "objective",
                f"{self.config.name} needs a likelihood and a posterior",
                "the models vae, two-layer-vae, conditional-vae",
            )
        if model.likelihood.grey and self.config.binarization != "none":
            raise InputError(
                "objective: binarization",
                f"{self.config.binarization} leaves 0 and 1, and the model's likelihood is one of "
                "grey values",
                "none, or likelihood bernoulli",
            )
        if getattr(model, "pixels", None) and self.config.binarization == "none":
            raise InputError(
                "objective: binarization",
                "none leaves grey values, and model.pixels draws 0 and 1",
                "stochastic, fixed",
            )
        return model

    def inputs(self, model: BoundedModel, images: Tensor) -> Tensor:
        """The uint8 images or rows; with fixed binarization, binarized here once."""
        if self.config.binarization != "fixed":
            return images
        if not isinstance(model, ConditionalVAE):
            return binarized(images, "fixed")
        pixels, labels = images[:, :-1], images[:, -1:]
        return torch.cat([binarized(pixels, "fixed"), labels], dim=1)

    def observed(
        self, trainable: BoundedModel, batch: Tensor
    ) -> tuple[LatentVariableModel, Tensor]:
        """The model of the batch's images, given their labels if any, and the target pixels."""
        if isinstance(trainable, ConditionalVAE):
            images, labels = split(batch, trainable.image_shape)
            return trainable.given(labels), self._target(images)
        return trainable, self._target(batch)

    def kl_weight(self, epoch: float) -> float:
        """Linear from 0 to 1 over the first `kl_warmup` epochs (`epoch` counts from 0)."""
        if epoch >= self.config.kl_warmup:
            return 1.0
        return epoch / self.config.kl_warmup

    def phase(self, epoch: float) -> int | None:
        return None if epoch < self.config.kl_warmup else 0

    def validate(self, trainable: BoundedModel, batch: Tensor) -> dict[str, Tensor]:
        """The bound without weights, warm-up and penalties, so that all settings compare."""
        sums: dict[str, Tensor] = {}
        most = at_a_time(batch, BATCH_SIZE[batch.device.type])
        for part in batch.split(max(1, most // self.config.samples)):
            for name, value in self.means(*self.observed(trainable, part)).items():
                sums[name] = sums.get(name, 0.0) + value * (len(part) / len(batch))
        return sums

    @torch.no_grad()
    def metrics(self, model: BoundedModel, images: Tensor) -> dict[str, float]:
        """The terms of `validate` except the loss, averaged over uint8 images, in nats."""
        sums: dict[str, float] = {}
        for part in in_chunks(self.inputs(model, images)):
            for name, value in self.validate(model, to_float(part)).items():
                sums[name] = sums.get(name, 0.0) + value.item() * len(part)
        return {name: total / len(images) for name, total in sums.items() if name != "loss"}

    def _target(self, images: Tensor) -> Tensor:
        return drawn(images) if self.config.binarization == "stochastic" else images
