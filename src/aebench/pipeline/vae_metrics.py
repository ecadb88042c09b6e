"""What `evaluate` measures of the trained VAEs: their likelihood, and the look of their samples."""

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
import torch

from aebench.core.progress import bar
from aebench.core.seeding import seeded
from aebench.data.chunks import chunks
from aebench.data.prepared import PARTS
from aebench.data.scaling import to_unit_range
from aebench.experiments.context import RunContext
from aebench.measures.densities import binarization_of
from aebench.metrics.importance import effective_samples, log_likelihood
from aebench.models.latent import LatentVariableModel
from aebench.pipeline.apart import apart, processes_for
from aebench.training.device import device, threads
from aebench.training.runs import Run

# Numbers whose likelihood takes longer than to start processes.
WORTH_IT = 2**29
# Samples that are drawn: so many rows of so many.
SAMPLED, SHOWN = 8, 12


def vae_metrics(
    runs: Sequence[Run],
    images: Mapping[str, np.ndarray],
    context: RunContext,
    samples: int,
    cores: int,
) -> list[dict]:
    """Each run's metrics and likelihood by part of the data, and the contrast of its samples.

    `images`: those of each part of the context's data set. The likelihood rests on `samples`
    importance samples an image. Runs are measured side by side where that is worth starting
    processes, with `cores` threads each; the numbers are the same.
    """
    processes = processes_for(len(runs), cores)
    numbers = sum(part.size for part in images.values())
    if processes > 1 and len(runs) * samples * numbers >= WORTH_IT:
        return apart(partial(_measured_of, context, samples, cores), runs, processes)
    return [_measured(images, samples, cores, run) for run in runs]


def _measured_of(context: RunContext, samples: int, cores: int, run: Run) -> dict:
    images = {part: context.prepared.part(part)[0] for part in PARTS}
    return _measured(images, samples, cores, run)


def _measured(images: Mapping[str, np.ndarray], samples: int, cores: int, run: Run) -> dict:
    targets, seed = binarization_of(run.spec.objective), run.spec.seed
    model = run.model().to(device())
    assert isinstance(model, LatentVariableModel)
    likelihoods = {}
    with threads(cores):
        parts = bar(run.metrics.items(), desc=f"likelihood, seed {seed}", unit="part", delay=1)
        for part, values in parts:
            tensor = torch.from_numpy(images[part]).to(device())
            estimate = log_likelihood(model, tensor, samples, targets, seed)
            likelihoods[part] = {**values, "nll": estimate.nll, "nll_samples": samples}
            if part == "test":
                counting = effective_samples(model, tensor, samples, targets, seed)
                likelihoods[part]["effective_samples"] = counting
        look = contrast(drawn(model, seed))
    of_samples = {"contrast": look, "training_contrast": contrast(images["train"])}
    return {**likelihoods, "samples": of_samples}


def drawn(vae: LatentVariableModel, seed: int) -> np.ndarray:
    """The samples of a model that the report shows."""
    with seeded(seed, "pictures"), torch.no_grad():
        return vae.sample(SAMPLED * SHOWN).cpu().numpy()


def contrast(images: np.ndarray) -> float:
    """The standard deviation of an image's pixels, in [0, 1], a mean over images N x C x H x W."""
    total = 0.0
    for part in chunks(images):
        total += float(to_unit_range(part).reshape(len(part), -1).std(1, dtype=np.float64).sum())
    return total / len(images)
