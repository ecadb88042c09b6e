"""The evidence lower bound (Kingma & Welling 2014, eq. 3), in nats per image."""

import torch
from torch import Tensor

from aebench.models.latent import LatentVariableModel
from aebench.objectives.base import penalized
from aebench.objectives.bound import Bound, BoundedModel
from aebench.objectives.sections.elbo import Elbo as ElboSection


class Elbo(Bound):
    """Minimizes E[-log p(x|z)] + weight * KL(q(z|x) || p(z)), the weight rising to beta."""

    config: ElboSection

    def kl_weight(self, epoch: float) -> float:
        """Linear from 0 to beta over the first `kl_warmup` epochs (`epoch` counts from 0)."""
        if epoch >= self.config.kl_warmup:
            return self.config.beta
        return self.config.beta * epoch / self.config.kl_warmup

    def __call__(self, trainable: BoundedModel, batch: Tensor, epoch: float) -> dict[str, Tensor]:
        model, target = self.observed(trainable, batch)
        log_likelihood, parts = model.elbo_terms(target, self.config.samples)
        terms = {"reconstruction": -log_likelihood.mean(), "kl": parts.sum(1).mean()}
        kl = terms["kl"]
        if self.config.free_bits:
            # Kingma et al. 2016, eq. 16: a part's KL below it costs nothing and has no gradient.
            kl = parts.mean(0).clamp(min=self.config.free_bits).sum()
        loss = terms["reconstruction"] + self.kl_weight(epoch) * kl
        return {**penalized(loss, self.config.penalties, trainable), **terms}

    def means(self, model: LatentVariableModel, target: Tensor) -> dict[str, Tensor]:
        log_likelihood, parts = model.elbo_terms(target, self.config.samples)
        reconstruction, kl = -log_likelihood.mean(), parts.sum(1).mean()
        return {"loss": reconstruction + kl, "reconstruction": reconstruction, "kl": kl}

    @torch.no_grad()
    def metrics(self, model: BoundedModel, images: Tensor) -> dict[str, float]:
        """`elbo`, `kl` and `reconstruction` of uint8 images, in nats per image."""
        means = super().metrics(model, images)
        return {"elbo": -(means["reconstruction"] + means["kl"]), **means}
