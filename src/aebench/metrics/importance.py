"""The importance-sampled likelihood of every image (Burda et al. 2015, eq. 8)."""

import math
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from aebench.core.seeding import seeded
from aebench.data.binarization import Binarization
from aebench.data.pixels import binarize
from aebench.models.latent import LatentVariableModel

# Decoded images in memory at a time: on a CPU what fits its caches, on a GPU what fills it.
BATCH_SIZE = {"cpu": 500, "cuda": 30_000}


@dataclass(frozen=True)
class Likelihood:
    """log p(x) of each image (N, float64, nats), estimated with `samples` importance samples."""

    of_each: Tensor
    samples: int

    @property
    def nll(self) -> float:
        """-log p(x) in nats, mean over images."""
        return -self.of_each.mean().item()

    @property
    def nll_stderr(self) -> float:
        """The mean's standard error over images; nan for a single one."""
        return (self.of_each.std() / len(self.of_each) ** 0.5).item()


@torch.no_grad()
def log_likelihood(
    model: LatentVariableModel,
    images: Tensor,
    samples: int,
    binarization: Binarization,
    seed: int,
    at_once: int | None = None,
    labels: Tensor | None = None,
    precision: Literal["fp32", "bf16"] = "fp32",
) -> Likelihood:
    """The likelihood of uint8 images, N x C x H x W, on the device of `model`, in eval mode.

    At most `at_once` images are decoded at a time, however many images and samples there are, and
    any number of samples is exact; the same seed and `at_once` give the same estimate. Weights are
    summed in double precision. With `labels`, N int64, a conditional model's log p(x|y).

    With `precision` bf16 the nets round to three digits, several times faster on most hardware.
    Densities are computed from their outputs in single precision all the same, so that what is
    estimated is exactly a likelihood: that of the model with rounded nets.
    """
    at_once = at_once or BATCH_SIZE[images.device.type]
    mixed = torch.autocast(images.device.type, torch.bfloat16, precision == "bf16")
    with seeded(seed, "importance"), mixed:
        targets = binarize(images, binarization)
        # As many images as leave room for ten samples: encoders then see batches, too.
        at_a_time = max(1, min(len(images), at_once // min(samples, 10)))
        parts = []
        for start in range(0, len(targets), at_a_time):
            chunk = slice(start, start + at_a_time)
            of_chunk = model if labels is None else model.given(labels[chunk])
            with of_chunk.prior_held():
                parts.append(of_chunk.log_likelihood(targets[chunk], samples, at_once))
    return Likelihood(torch.cat(parts), samples)


def bits_per_pixel(nll: float, images: Tensor) -> float:
    """Nats an image of N x C x H x W as bits a number of it: what a perfect coder would need.

    Only a likelihood of the 256 grey values, or of 0 and 1, is one of a code.
    """
    return nll / math.log(2) / images[0].numel()
