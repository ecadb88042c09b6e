"""The likelihood of the test images, and what the model's latents are used for."""

import torch
from torch import nn

from aebench.data.pixels import binarize
from aebench.data.prepared import Prepared
from aebench.errors import InputError
from aebench.evaluation.importance import bits_per_pixel, log_likelihood
from aebench.evaluation.latents import active_units, rate_distortion
from aebench.measures.config import Likelihood
from aebench.measures.subject import Found, Subject
from aebench.models.latent import LatentVariableModel
from aebench.seeding import seeded
from aebench.training.device import device

VERSION = 2
# Draws of the bound that stands between the ELBO and the likelihood.
FEW = 5


def columns(_: Likelihood) -> tuple[str, ...]:
    return (
        "elbo",
        "iwae_5",
        "nll",
        "nll_stderr",
        "nll_samples",
        "bits_per_pixel",
        "active_units",
        "rate",
        "distortion",
        "collapsed",
    )


def check(_: Likelihood, model: nn.Module, prepared: Prepared) -> None:
    if not isinstance(model, LatentVariableModel):
        raise InputError(
            "measures: likelihood: the model has none; allowed: the models vae, two-layer-vae"
        )


def measure(config: Likelihood, subject: Subject) -> Found:
    """Of all test images; the targets are binarized as the model was trained on them.

    Nats an image, `elbo` and `iwae_5` (the importance-weighted bound of five draws) negative.
    `collapsed` is 1 where no latent says anything of the image.
    """
    model = subject.run.model().to(device(), memory_format=torch.channels_last)
    images = torch.from_numpy(subject.prepared.part("test")[0]).to(device())
    binarization, seed = subject.run.spec.objective.binarization, subject.run.spec.seed
    estimate, few = (
        log_likelihood(model, images, samples, binarization, seed, precision=config.precision)
        for samples in (config.samples, FEW)
    )
    with seeded(seed, "targets"):
        targets = binarize(images, binarization)
    bound = rate_distortion(model, targets, seed)
    return Found(
        {
            "elbo": bound.elbo,
            "iwae_5": -few.nll,
            "nll": estimate.nll,
            "nll_stderr": estimate.nll_stderr,
            "nll_samples": config.samples,
            "bits_per_pixel": bits_per_pixel(estimate.nll, images),
            "active_units": active_units(model, targets),
            "rate": bound.rate,
            "distortion": bound.distortion,
            "collapsed": int(bound.collapsed),
        }
    )
