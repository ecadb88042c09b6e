"""How a model uses its latents: active units, rate and distortion, posterior collapse."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

import torch
from torch import Tensor

from aebench.core.seeding import seeded
from aebench.data.pixels import at_a_time, in_chunks, to_float
from aebench.models.encoder_decoder import EncoderDecoder
from aebench.models.latent import LatentVariableModel

# Burda et al. 2015, sec. 5.2.
ACTIVE_VARIANCE = 0.01
# In nats: a latent with less has no information about the image.
COLLAPSED_NATS = 0.01


@torch.no_grad()
def active_units(model: EncoderDecoder, targets: Tensor) -> int:
    """Count dimensions of the code whose variance over images exceeds 0.01 (Burda et al. 2015).

    The code of a VAE is the posterior mean, of two layers that of the lower one. `targets` are
    images as the model was trained on them, float or uint8 N x C x H x W.
    """
    means = torch.cat([model.encode(to_float(part)).double() for part in in_chunks(targets)])
    return int((means.var(0) > ACTIVE_VARIANCE).sum())


@dataclass(frozen=True)
class RateDistortion:
    """The two terms of the ELBO in nats an image (Alemi et al. 2018).

    `kl` are the parts that the rate is the sum of: one for each latent where latents are
    independent.
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
        """Whether no latent has information about the image: the posterior is the prior."""
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
    """-E[log p(x|z)] and KL(q(z|x) || p(z)), averaged over images N x C x H x W, float or uint8.

    Expectations are means of `samples` posterior samples.
    """
    log_likelihoods, kls = [], []
    with seeded(seed, "rate and distortion"):
        for part in targets.split(max(1, at_a_time(targets, 1000) // samples)):
            log_likelihood, kl = model.elbo_terms(to_float(part), samples)
            log_likelihoods.append(log_likelihood.double().sum())
            kls.append(kl.double().sum(0))
    # Added up in order: `sum` of a stacked tensor could differ in the last digits.
    distortion = -reduce(torch.add, log_likelihoods).item() / len(targets)
    return RateDistortion(distortion, (reduce(torch.add, kls) / len(targets)).tolist())
