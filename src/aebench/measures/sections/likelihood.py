"""The likelihood of the test images, and how the model uses its latents."""

from typing import TYPE_CHECKING, ClassVar, Literal

import torch

from aebench.core.counts import Count
from aebench.data.prepared import Prepared
from aebench.measures import codes, densities
from aebench.measures.base import Measure
from aebench.measures.inputs import MeasureInput, RunInput
from aebench.measures.result import MeasureResult
from aebench.measures.words import ACTIVE_UNITS, BITS_PER_PIXEL, EFFECTIVE_SAMPLES
from aebench.metrics.importance import bits_per_pixel, effective_samples, log_likelihood
from aebench.metrics.latents import active_units, rate_distortion
from aebench.training.device import device

if TYPE_CHECKING:
    from torch import nn

    from aebench.baselines.base import Baseline
    from aebench.experiments.recipe import Recipe

# Importance samples of the bound between the ELBO and the likelihood.
FEW = 5


class Likelihood(Measure):
    """log p(x) of the test images by importance sampling, and how the latents are used."""

    name: Literal["likelihood"] = "likelihood"
    samples: Count
    # The nets' precision; densities are always single.
    precision: Literal["fp32", "bf16"] = "fp32"

    version: ClassVar[int] = 3
    glossary: ClassVar[dict[str, str]] = {
        "elbo": "evidence lower bound on log p(x) in nats, negative; ↑",
        f"iwae_{FEW}": "importance-weighted bound on log p(x), five samples, in nats, negative; ↑",
        "nll": "-log p(x) of a test image in nats, by importance sampling; ↓",
        "nll_stderr": "standard error of -log p(x) over test images, in nats",
        "nll_samples": "importance samples of -log p(x)",
        "effective_samples": EFFECTIVE_SAMPLES,
        "bits_per_pixel": BITS_PER_PIXEL,
        "active_units": ACTIVE_UNITS,
        "rate": "KL of the posterior from the prior: nats of information in an image's code",
        "distortion": "-log p(x|z), the error of the reconstruction, in nats an image; ↓",
        "collapsed": "share of seeds with posterior collapse: codes without information; ↓",
    }

    def columns(self) -> tuple[str, ...]:
        return tuple(self.glossary)

    def check(self, what: "nn.Module | Baseline", prepared: Prepared, recipe: "Recipe") -> None:
        densities.check(self.name, what, recipe.objective)

    def compute(self, input: MeasureInput) -> MeasureResult:
        """Metrics of all test images, in nats an image, binarized as in the training.

        `collapsed` is 1 where no latent has information about the image.
        """
        assert isinstance(input, RunInput)
        model = input.run.model().to(device(), memory_format=torch.channels_last)
        images = torch.from_numpy(input.prepared.part("test")[0]).to(device())
        seed, binarization = input.seed, densities.binarization_of(input.run.spec.objective)
        estimate, few = (
            log_likelihood(model, images, samples, binarization, seed, precision=self.precision)
            for samples in (self.samples, FEW)
        )
        targets = codes.training_targets(input, images)
        bound = rate_distortion(model, targets, seed)
        density = densities.is_density(model.likelihood)
        bits = {} if density else {"bits_per_pixel": bits_per_pixel(estimate.nll, images)}
        return MeasureResult(
            {
                "elbo": bound.elbo,
                "iwae_5": -few.nll,
                "nll": estimate.nll,
                "nll_stderr": estimate.nll_stderr,
                "nll_samples": self.samples,
                "effective_samples": effective_samples(
                    model, images, self.samples, binarization, seed, self.precision
                ),
                **bits,
                "active_units": active_units(model, targets),
                "rate": bound.rate,
                "distortion": bound.distortion,
                "collapsed": int(bound.collapsed),
            }
        )
