"""The importance-weighted bound (Burda et al. 2015, eq. 8), in nats an image."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from aebench.models.latent import LatentVariableModel
from aebench.objectives.base import penalized
from aebench.objectives.bound import Bound

# Images decoded at a time with a gradient: more of them take as long each, and more memory.
BATCH_SIZE = {"cpu": 5_000, "cuda": 100_000}


class Iwae(Bound):
    """Minimizes -log of the mean importance weight of `samples` draws from q(z|x).

    Its gradient goes through the logsumexp and the reparameterized draws (ibid., eq. 13): each draw
    counts by its share of the weight. With one sample it is the ELBO whose KL is estimated from
    that sample. The plain mean of the log weights, the ELBO of the same draws, is told beside it,
    with its two parts.
    """

    def samples(self, epoch: float) -> int:
        """Draws an image in training (`epoch` counts from 0); validation always has them all."""
        first = self.config.first
        return first.samples if first and epoch < first.epochs else self.config.samples

    def phase(self, epoch: float) -> int | None:
        return None if super().phase(epoch) is None else self.samples(epoch)

    def parts(self, batch: Tensor, epoch: float) -> Sequence[Tensor]:
        # Even ones of two images or more: batch norm has no statistics of one.
        size = max(2, BATCH_SIZE[batch.device.type] // self.samples(epoch))
        return batch.tensor_split(max(1, len(batch) // size))

    def __call__(self, trainable: nn.Module, batch: Tensor, epoch: float) -> dict[str, Tensor]:
        given, ratio = self._draws(*self.observed(trainable, batch), self.samples(epoch))
        loss = -self._bound(given + self.kl_weight(epoch) * ratio)
        return {**penalized(loss, self.config.penalties, trainable), **_elbo(given, ratio)}

    def means(self, model: LatentVariableModel, target: Tensor) -> dict[str, Tensor]:
        given, ratio = self._draws(model, target, self.config.samples)
        bound = self._bound(given + ratio)
        return {"loss": -bound, "iwae": bound, **_elbo(given, ratio)}

    def _draws(
        self, model: LatentVariableModel, target: Tensor, samples: int
    ) -> tuple[Tensor, Tensor]:
        return model.importance(target, model.posterior(target), samples)

    def _bound(self, log_weights: Tensor) -> Tensor:
        return (torch.logsumexp(log_weights, dim=0) - math.log(len(log_weights))).mean()


def _elbo(given: Tensor, ratio: Tensor) -> dict[str, Tensor]:
    """The bound by itself, -(reconstruction + kl), from log p(x|z) and log p(z) - log q(z|x)."""
    reconstruction, kl = -given.mean(), -ratio.mean()
    return {"elbo": -(reconstruction + kl), "reconstruction": reconstruction, "kl": kl}
