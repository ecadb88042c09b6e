"""How a model uses its latents: active units, KL of each, rate and distortion, collapse."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from aebench.core.seeding import seeded
from aebench.data.pixels import in_chunks
from aebench.models.latent import LatentVariableModel

# Burda et al. 2015, sec. 5.2.
ACTIVE_VARIANCE = 0.01
# Nats: a latent that carries less says nothing of the image.
COLLAPSED_NATS = 0.01


@torch.no_grad()
def active_units(model: LatentVariableModel, targets: Tensor) -> int:
    """Latents whose posterior mean varies over the images: variance > 0.01 (Burda et al. 2015).

    Of two layers, those of the lower one. `targets` are float images as the model was trained on
    them, N x C x H x W.
    """
    means = torch.cat([model.encode(part).double() for part in in_chunks(targets)])
    return int((means.var(0) > ACTIVE_VARIANCE).sum())


@dataclass(frozen=True)
class RateDistortion:
    """The two terms of the ELBO, nats an image (Alemi et al. 2018), and how the rate is made up.

    `kl` has the mean of each part of the rate: of each latent where they are independent.
    """

    distortion: float
    kl: list[float]

    @property
    def rate(self) -> float:
        return sum(self.kl)

    @property
    def elbo(self) -> float:
        return -(self.rate + self.distortion)

    @property
    def collapsed(self) -> bool:
        """Whether no latent says anything of the image: the posterior is the prior."""
        return collapsed(self.kl)


def collapsed(kl_per_dimension: Sequence[float]) -> bool:
    """Whether the KL of every latent is under 0.01 nats (posterior collapse, Bowman et al. 2016).

    `kl_per_dimension` are means over images.
    """
    return all(kl < COLLAPSED_NATS for kl in kl_per_dimension)


@torch.no_grad()
def rate_distortion(
    model: LatentVariableModel, targets: Tensor, seed: int, samples: int = 1
) -> RateDistortion:
    """-E[log p(x|z)] and KL(q(z|x) || p(z)), means over float images N x C x H x W."""
    given, kl = 0.0, 0.0
    with seeded(seed, "rate and distortion"):
        for part in targets.split(max(1, 1000 // samples)):
            log_likelihood, parts = model.elbo_terms(part, samples)
            given = given + log_likelihood.double().sum()
            kl = kl + parts.double().sum(0)
    return RateDistortion(-given.item() / len(targets), (kl / len(targets)).tolist())
