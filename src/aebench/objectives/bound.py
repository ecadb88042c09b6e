"""What bounds on the likelihood have in common: targets, KL warm-up, how they are measured."""

import torch
from torch import Tensor, nn

from aebench.core.errors import InputError
from aebench.data.examples import split
from aebench.data.pixels import binarize, in_chunks, to_float
from aebench.models.conditional import ConditionalVAE
from aebench.models.latent import LatentVariableModel
from aebench.objectives.criterion import Criterion
from aebench.objectives.sections.elbo import Elbo
from aebench.objectives.sections.iwae import Iwae

# Images decoded at a time in passes without a gradient: what fits a CPU's caches, or fills a GPU.
BATCH_SIZE = {"cpu": 1_000, "cuda": 10_000}


class Bound(Criterion):
    """An objective that makes `means` of a model and its targets, 0 and 1 or grey; nats an image.

    Of a conditional model it is the bound on log p(x|y), and batches are rows with labels.
    """

    def __init__(self, config: Elbo | Iwae):
        self.config = config

    def trainable(self, model: nn.Module) -> nn.Module:
        """The model itself; raises InputError where these targets are none of its likelihood."""
        if not isinstance(model, LatentVariableModel | ConditionalVAE):
            raise InputError(
                f"objective: {self.config.name} needs a likelihood and a posterior; allowed: the "
                "models vae, two-layer-vae, conditional-vae"
            )
        if model.likelihood.grey and self.config.binarization != "none":
            raise InputError(
                f"objective: binarization: {self.config.binarization} leaves 0 and 1, and the "
                "model's likelihood is one of grey values; allowed: none, or likelihood bernoulli"
            )
        if getattr(model, "pixels", None) and self.config.binarization == "none":
            raise InputError(
                "objective: binarization: none leaves grey values, and model.pixels draws 0 and 1; "
                "allowed: stochastic, fixed"
            )
        return model

    def inputs(self, model: nn.Module, images: Tensor) -> Tensor:
        """What batches are cut from: uint8 images, binarized once where that is fixed."""
        if self.config.binarization != "fixed":
            return images
        if not isinstance(model, ConditionalVAE):
            return binarize(images, "fixed").mul(255).byte()
        pixels, labels = images[:, :-1], images[:, -1:]
        return torch.cat([binarize(pixels, "fixed").mul(255).byte(), labels], dim=1)

    def observed(self, trainable: nn.Module, batch: Tensor) -> tuple[LatentVariableModel, Tensor]:
        """The model of these images, and the targets that it is to explain."""
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

    def validate(self, trainable: nn.Module, batch: Tensor) -> dict[str, Tensor]:
        """The bound itself, without weights, warm-up and penalties: one quantity to compare by."""
        sums: dict[str, Tensor] = {}
        for part in batch.split(max(1, BATCH_SIZE[batch.device.type] // self.config.samples)):
            for name, value in self.means(*self.observed(trainable, part)).items():
                sums[name] = sums.get(name, 0.0) + value * (len(part) / len(batch))
        return sums

    @torch.no_grad()
    def metrics(self, model: nn.Module, images: Tensor) -> dict[str, float]:
        """Means over uint8 images of what `validate` gives, but the loss; in nats an image."""
        sums: dict[str, float] = {}
        for part in in_chunks(self.inputs(model, images)):
            for name, value in self.validate(model, to_float(part)).items():
                sums[name] = sums.get(name, 0.0) + value.item() * len(part)
        return {name: total / len(images) for name, total in sums.items() if name != "loss"}

    def _target(self, images: Tensor) -> Tensor:
        return torch.bernoulli(images) if self.config.binarization == "stochastic" else images
