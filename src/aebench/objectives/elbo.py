"""The evidence lower bound (Kingma & Welling 2014, eq. 3), in nats an image."""

import torch
from torch import Tensor

from aebench.data.pixels import binarize, in_chunks, to_float
from aebench.models.vae import VAE
from aebench.objectives import config
from aebench.objectives.penalties import penalized


class Elbo:
    """Minimizes E[-log p(x|z)] + weight * KL(q(z|x) || p(z)), the weight rising to beta."""

    def __init__(self, config: config.Elbo):
        self.config = config

    def trainee(self, model: VAE) -> VAE:
        return model

    def inputs(self, model: VAE, images: Tensor) -> Tensor:
        """What batches are cut from: uint8 images, binarized once where that is fixed."""
        if self.config.binarization == "fixed":
            return binarize(images, "fixed").mul(255).byte()
        return images

    def kl_weight(self, epoch: float) -> float:
        """Linear from 0 to beta over the first `kl_warmup` epochs (`epoch` counts from 0)."""
        if epoch >= self.config.kl_warmup:
            return self.config.beta
        return self.config.beta * epoch / self.config.kl_warmup

    def __call__(self, trainee: VAE, batch: Tensor, epoch: float) -> dict[str, Tensor]:
        terms = self._terms(trainee, batch)
        loss = terms["reconstruction"] + self.kl_weight(epoch) * terms["kl"]
        return {**penalized(loss, self.config.penalties, trainee), **terms}

    def validate(self, trainee: VAE, batch: Tensor) -> dict[str, Tensor]:
        """The bound itself, without beta, warm-up and penalties: one quantity to compare by."""
        terms = self._terms(trainee, batch)
        return {"loss": terms["reconstruction"] + terms["kl"], **terms}

    def _terms(self, trainee: VAE, batch: Tensor) -> dict[str, Tensor]:
        target = torch.bernoulli(batch) if self.config.binarization == "stochastic" else batch
        log_likelihood, kl = trainee.terms(target)
        return {"reconstruction": -log_likelihood.mean(), "kl": kl.sum(1).mean()}

    @torch.no_grad()
    def metrics(self, model: VAE, images: Tensor) -> dict[str, float]:
        """`elbo`, `kl` and `reconstruction` (nats an image) of uint8 images, one sample each."""
        sums = {"reconstruction": 0.0, "kl": 0.0}
        for part in in_chunks(self.inputs(model, images)):
            for name, value in self._terms(model, to_float(part)).items():
                sums[name] += value.item() * len(part)
        means = {name: total / len(images) for name, total in sums.items()}
        return {"elbo": -(means["reconstruction"] + means["kl"]), **means}
