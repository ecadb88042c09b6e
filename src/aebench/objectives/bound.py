"""What bounds on the likelihood have in common: targets, KL warm-up, how they are measured."""

import torch
from torch import Tensor

from aebench.data.pixels import binarize, in_chunks, to_float
from aebench.errors import InputError
from aebench.models.latent import LatentVariableModel
from aebench.objectives import config

# Images decoded at a time in passes without a gradient.
AT_ONCE = 1000


class Bound:
    """An objective that makes `terms` of binary targets, or grey ones; nats an image."""

    def __init__(self, config: "config.Elbo | config.Iwae"):
        self.config = config

    def trainee(self, model: LatentVariableModel) -> LatentVariableModel:
        """The model itself; raises InputError where its likelihood is not one of these targets."""
        if model.likelihood.grey and self.config.binarization != "none":
            raise InputError(
                f"objective: binarization: {self.config.binarization} leaves 0 and 1, and the "
                "model's likelihood is one of grey values; allowed: none, or likelihood bernoulli"
            )
        return model

    def inputs(self, model: LatentVariableModel, images: Tensor) -> Tensor:
        """What batches are cut from: uint8 images, binarized once where that is fixed."""
        if self.config.binarization == "fixed":
            return binarize(images, "fixed").mul(255).byte()
        return images

    def kl_weight(self, epoch: float) -> float:
        """Linear from 0 to 1 over the first `kl_warmup` epochs (`epoch` counts from 0)."""
        if epoch >= self.config.kl_warmup:
            return 1.0
        return epoch / self.config.kl_warmup

    def validate(self, trainee: LatentVariableModel, batch: Tensor) -> dict[str, Tensor]:
        """The bound itself, without weights, warm-up and penalties: one quantity to compare by."""
        sums: dict[str, Tensor] = {}
        for part in self.target(batch).split(max(1, AT_ONCE // self.config.samples)):
            for name, value in self.means(trainee, part).items():
                sums[name] = sums.get(name, 0.0) + value * (len(part) / len(batch))
        return sums

    @torch.no_grad()
    def metrics(self, model: LatentVariableModel, images: Tensor) -> dict[str, float]:
        """Means over uint8 images of what `validate` gives, but the loss; in nats an image."""
        sums: dict[str, float] = {}
        for part in in_chunks(self.inputs(model, images)):
            for name, value in self.validate(model, to_float(part)).items():
                sums[name] = sums.get(name, 0.0) + value.item() * len(part)
        return {name: total / len(images) for name, total in sums.items() if name != "loss"}

    def target(self, batch: Tensor) -> Tensor:
        return torch.bernoulli(batch) if self.config.binarization == "stochastic" else batch
