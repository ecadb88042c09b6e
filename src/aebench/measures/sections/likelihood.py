"""The likelihood of the test images, and what the model's latents are used for."""

from typing import TYPE_CHECKING, ClassVar, Literal

import torch
from pydantic import PositiveInt

from aebench.core.seeding import seeded
from aebench.data.pixels import binarize
from aebench.data.prepared import Prepared
from aebench.measures import densities
from aebench.measures.base import Measure
from aebench.measures.subject import MeasureResult, Subject
from aebench.measures.words import ACTIVE_UNITS, BITS_PER_PIXEL
from aebench.metrics.importance import bits_per_pixel, log_likelihood
from aebench.metrics.latents import active_units, rate_distortion
from aebench.training.device import device

if TYPE_CHECKING:
    from torch import nn

    from aebench.baselines.base import Baseline
    from aebench.experiments.recipe import Recipe

# Draws of the bound that stands between the ELBO and the likelihood.
FEW = 5


class Likelihood(Measure):
    """log p(x) of the test images by importance sampling, and how the latents are used."""

    name: Literal["likelihood"] = "likelihood"
    samples: PositiveInt
    # The nets' precision; densities are always single.
    precision: Literal["fp32", "bf16"] = "fp32"

    version: ClassVar[int] = 2
    glossary: ClassVar[dict[str, str]] = {
        "elbo": "evidence lower bound on log p(x) in nats, negative; ↑",
        f"iwae_{FEW}": "importance-weighted bound on log p(x) by five draws, in nats, negative; ↑",
        "nll": "-log p(x) of a test image in nats, by importance sampling; ↓",
        "nll_stderr": "standard error of -log p(x) over test images, in nats",
        "nll_samples": "importance samples of -log p(x)",
        "bits_per_pixel": BITS_PER_PIXEL,
        "active_units": ACTIVE_UNITS,
        "rate": "KL of the posterior from the prior: nats an image that the code carries",
        "distortion": "-log p(x|z), what the code leaves open, in nats an image; ↓",
        "collapsed": "seeds whose code says nothing of an image, as a share; ↓",
    }

    def columns(self) -> tuple[str, ...]:
        return tuple(self.glossary)

    def check(self, what: "nn.Module | Baseline", prepared: Prepared, recipe: "Recipe") -> None:
        densities.check(self.name, what, recipe.objective)

    def compute(self, subject: Subject) -> MeasureResult:
        """Of all test images; the targets are binarized as the model was trained on them.

        Nats an image, `elbo` and `iwae_5` (the importance-weighted bound of five draws) negative.
        `collapsed` is 1 where no latent says anything of the image.
        """
        model = subject.run.model().to(device(), memory_format=torch.channels_last)
        images = torch.from_numpy(subject.prepared.part("test")[0]).to(device())
        binarization, seed = subject.run.spec.objective.binarization, subject.run.spec.seed
        estimate, few = (
            log_likelihood(model, images, samples, binarization, seed, precision=self.precision)
            for samples in (self.samples, FEW)
        )
        with seeded(seed, "targets"):
            targets = binarize(images, binarization)
        bound = rate_distortion(model, targets, seed)
        return MeasureResult(
            {
                "elbo": bound.elbo,
                "iwae_5": -few.nll,
                "nll": estimate.nll,
                "nll_stderr": estimate.nll_stderr,
                "nll_samples": self.samples,
                "bits_per_pixel": bits_per_pixel(estimate.nll, images),
                "active_units": active_units(model, targets),
                "rate": bound.rate,
                "distortion": bound.distortion,
                "collapsed": int(bound.collapsed),
            }
        )
