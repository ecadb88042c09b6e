"""log p(x) of images by importance sampling (Burda et al. 2015, eq. 8)."""

import math
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from aebench.core.seeding import seeded
from aebench.data.binarization import Binarization
from aebench.data.pixels import binarized, to_float
from aebench.models.conditional import ConditionalVAE
from aebench.models.latent import LatentVariableModel

# Images of SMALL numbers decoded at a time, fewer of larger ones: on a CPU as many as fit its
# caches, on a GPU as many as fill it.
BATCH_SIZE, SMALL = {"cpu": 500, "cuda": 30_000}, 28 * 28
# Images whose importance weights are looked at.
WEIGHED = 100


@dataclass(frozen=True)
class Likelihood:
    """log p(x) of each image (N, float64, nats), estimated with `samples` importance samples."""

    of_each: Tensor
    samples: int

    @property
    def nll(self) -> float:
        """-log p(x) in nats, averaged over images."""
        return -self.of_each.mean().item()

    @property
    def nll_stderr(self) -> float:
        """The mean's standard error over images; nan for a single one."""
        return (self.of_each.std() / len(self.of_each) ** 0.5).item()


@torch.no_grad()
def log_likelihood(
    model: LatentVariableModel | ConditionalVAE,
    images: Tensor,
    samples: int,
    binarization: Binarization,
    seed: int,
    batch_size: int | None = None,
    labels: Tensor | None = None,
    precision: Literal["fp32", "bf16"] = "fp32",
) -> Likelihood:
    """Estimate log p(x) of images, N x C x H x W, on the device of `model`, in eval mode.

    They are uint8, or float in [0, 1]. `binarization` makes targets of 0 and 1 of them, which
    Bernoulli pixels need; with `none` they are the targets.
    At most `batch_size` images are decoded at a time; the same seed and `batch_size` give the same
    estimate. Weights are summed in double precision. With `labels`, N int64, it is log p(x|y) of a
    conditional model.

    With `precision` bf16 the nets round to three digits, several times faster on most hardware.
    Densities are still computed in single precision, so that the estimate is of a true likelihood,
    that of the model with rounded nets.
    """
    batch_size = batch_size or _at_once(images)
    mixed = torch.autocast(images.device.type, torch.bfloat16, precision == "bf16")
    with seeded(seed, "importance"), mixed:
        targets = binarized(images, binarization)
        # Up to ten samples an image at a time, so that encoders see batches, too.
        images_at_a_time = max(1, min(len(images), batch_size // min(samples, 10)))
        parts = []
        for start in range(0, len(targets), images_at_a_time):
            chunk = slice(start, start + images_at_a_time)
            chunk_model = _conditioned(model, None if labels is None else labels[chunk])
            target = to_float(targets[chunk])
            with chunk_model.prior_held():
                parts.append(chunk_model.log_likelihood(target, samples, batch_size))
    return Likelihood(torch.cat(parts), samples)


@torch.no_grad()
def effective_samples(
    model: LatentVariableModel,
    images: Tensor,
    samples: int,
    binarization: Binarization,
    seed: int,
    precision: Literal["fp32", "bf16"] = "fp32",
) -> float:
    """How many of the importance samples count: the median over the first WEIGHED uint8 images.

    (sum of the weights)^2 / sum of their squares (Kong 1992), between 1 and `samples`. Near 1 an
    image's estimate rests on a single draw, and lies below log p(x) by as much as that one misses.
    `precision`: as of `log_likelihood`.
    """
    at_once = _at_once(images)
    counts = [min(at_once, samples - start) for start in range(0, samples, at_once)]
    mixed = torch.autocast(images.device.type, torch.bfloat16, precision == "bf16")
    found = []
    with seeded(seed, "effective samples"), mixed, model.prior_held():
        for target in to_float(binarized(images[:WEIGHED], binarization)).split(1):
            posterior = model.posterior(target)
            parts = [torch.add(*model.importance(target, posterior, n)) for n in counts]
            log_weights = torch.cat(parts).double()
            found.append(2 * log_weights.logsumexp(0) - (2 * log_weights).logsumexp(0))
    return torch.cat(found).exp().median().item()


def _at_once(images: Tensor) -> int:
    most = BATCH_SIZE[images.device.type]
    return max(1, min(most, most * SMALL // math.prod(images.shape[1:])))


def _conditioned(
    model: LatentVariableModel | ConditionalVAE, labels: Tensor | None
) -> LatentVariableModel:
    if not isinstance(model, ConditionalVAE):
        return model
    assert labels is not None, "a conditional model needs labels"
    return model.given(labels)


def bits_per_pixel(nll: float, images: Tensor) -> float:
    """Nats an image, of N x C x H x W, in bits a pixel and channel: the length of a perfect code.

    Holds only for likelihoods of the 256 grey values, or of 0 and 1.
    """
    return nll / math.log(2) / images[0].numel()
