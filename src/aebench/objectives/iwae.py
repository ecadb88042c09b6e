"""The importance-weighted bound (Burda et al. 2015, eq. 8), in nats per image."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from aebench.data.pixels import at_a_time
from aebench.models.latent import LatentVariableModel
from aebench.objectives.base import penalized
from aebench.objectives.bound import Bound, BoundedModel
from aebench.objectives.sections.iwae import Iwae as IwaeSection

# Images decoded at a time with a gradient: more would only take more memory.
BATCH_SIZE = {"cpu": 5_000, "cuda": 100_000}


class Iwae(Bound):
    """Minimizes -log of the mean importance weight of `samples` samples from q(z|x).

    The gradient flows through the logsumexp and the reparameterized samples (ibid., eq. 13), which
    weights each sample by its normalized importance. With one sample it is the ELBO with the KL
    estimated from that sample. The ELBO of the same samples, the plain mean of the log weights, is
    logged beside it with its two parts.
    """

    config: IwaeSection

    def samples(self, epoch: float) -> int:
        """Importance samples per image in training; `epoch` counts from 0."""
        first = self.config.first
        return first.samples if first and epoch < first.epochs else self.config.samples

    def phase(self, epoch: float) -> int | None:
        return None if super().phase(epoch) is None else self.samples(epoch)

    def parts(self, batch: Tensor, epoch: float) -> Sequence[Tensor]:
        # Of equal size, and of two images or more, which batch norm needs.
        most = at_a_time(batch, BATCH_SIZE[batch.device.type])
        size = max(2, most // self.samples(epoch))
        return batch.tensor_split(max(1, len(batch) // size))

    def __call__(self, trainable: BoundedModel, batch: Tensor, epoch: float) -> dict[str, Tensor]:
        log_likelihood, log_ratio = self._log_weights(
            *self.observed(trainable, batch), self.samples(epoch)
        )
        loss = -self._bound(log_likelihood + self.kl_weight(epoch) * log_ratio)
        return {
            **penalized(loss, self.config.penalties, trainable),
            **_elbo(log_likelihood, log_ratio),
        }

    def means(self, model: LatentVariableModel, target: Tensor) -> dict[str, Tensor]:
        log_likelihood, log_ratio = self._log_weights(model, target, self.config.samples)
        bound = self._bound(log_likelihood + log_ratio)
        return {"loss": -bound, "iwae": bound, **_elbo(log_likelihood, log_ratio)}

    def _log_weights(
        self, model: LatentVariableModel, target: Tensor, samples: int
    ) -> tuple[Tensor, Tensor]:
        """log p(x|z) and log p(z) - log q(z|x), each samples x N."""
        return model.importance(target, model.posterior(target), samples)

    def _bound(self, log_weights: Tensor) -> Tensor:
        return (torch.logsumexp(log_weights, dim=0) - math.log(len(log_weights))).mean()


def _elbo(log_likelihood: Tensor, log_ratio: Tensor) -> dict[str, Tensor]:
    """The ELBO and its two parts, from log p(x|z) and log p(z) - log q(z|x)."""
    reconstruction, kl = -log_likelihood.mean(), -log_ratio.mean()
    return {"elbo": -(reconstruction + kl), "reconstruction": reconstruction, "kl": kl}
