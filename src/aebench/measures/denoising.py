"""Removing noise: how near the restored test images are to the clean ones, and how legible."""

import time
from collections.abc import Callable

import numpy as np
import torch
from torch import nn

from aebench.data.pixels import to_float
from aebench.data.prepared import Prepared
from aebench.errors import InputError
from aebench.measures.config import Denoising
from aebench.measures.features import classifier
from aebench.measures.quality import psnr_db, sse_per_image, ssim
from aebench.measures.subject import Found, Subject, as_float, batches, some
from aebench.objectives.base import Corruption
from aebench.schema import Section
from aebench.seeding import seeded
from aebench.tools import config as tools
from aebench.training.device import device

VERSION = 3
# So many images are kept for pictures.
SHOWN = 2


def columns(config: Denoising) -> tuple[str, ...]:
    return (
        "classifier_error_clean",
        *(
            f"{measure}_{place}"
            for place in ("seen", *config.others)
            for measure in ("sse_per_image", "psnr_db", "ssim", "classifier_error")
        ),
    )


def check(config: Denoising, what: nn.Module | Section, prepared: Prepared) -> None:
    if not (isinstance(what, tools.Denoiser) or hasattr(what, "reconstruct")):
        raise InputError(
            "measures: denoising: it removes no noise; allowed: models that reconstruct images, "
            "and the tools identity, gaussian-filter, median-filter, total-variation, "
            "non-local-means, wavelets, pca"
        )
    if "seen" in config.others:
        raise InputError("measures: denoising: others: 'seen' is what `noise` is called")


def measure(config: Denoising, subject: Subject) -> Found:
    """Of test images whose noise is drawn from the subject's seed; restored ones are clipped.

    Without labels the classifier's columns are left out.
    """
    images, labels = subject.prepared.part("test")
    chosen = some(len(images), config.images, "test images")
    clean, labels = images[chosen], None if labels is None else labels[chosen]
    began = time.monotonic()
    restore, settings = _restorer(config, subject)
    seconds = {"tuning": time.monotonic() - began, "restoring": 0.0}
    judge = None
    values = {}
    if labels is not None:
        trained = classifier(config.classifier_epochs, subject.prepared, subject.store)
        judge = trained.model().to(device())
        values["classifier_error_clean"] = _misread(judge, clean, labels)
    # Data may be in the order of their classes.
    shown = np.linspace(0, len(clean), SHOWN + 1)[:-1].astype(int) + len(clean) // (2 * SHOWN)
    arrays = {"clean": clean[shown]}
    for place, noise in {"seen": config.noise, **config.others}.items():
        noisy = noisy_images(clean, noise, subject.seed, "test")
        began = time.monotonic()
        restored = restore(noisy).clip(0, 1)
        seconds["restoring"] += time.monotonic() - began
        values[f"sse_per_image_{place}"] = sse_per_image(restored, as_float(clean))
        values[f"psnr_db_{place}"] = psnr_db(restored, as_float(clean))
        values[f"ssim_{place}"] = ssim(restored, as_float(clean))
        if judge:
            values[f"classifier_error_{place}"] = _misread(judge, restored, labels)
        arrays[f"noisy_{place}"] = noisy[shown].clip(0, 1).astype(np.float32)
        arrays[f"restored_{place}"] = restored[shown].astype(np.float32)
    return Found(values, arrays, settings, seconds)


def _misread(judge: nn.Module, images: np.ndarray, labels: np.ndarray) -> float:
    """The share of images, float or uint8, that the classifier takes for another class."""
    return float((batches(lambda part: judge(part).argmax(1), images) != labels).mean())


def _restorer(
    config: Denoising, subject: Subject
) -> tuple[Callable[[np.ndarray], np.ndarray], dict]:
    if subject.run:
        model = subject.model()
        return lambda noisy: batches(model.reconstruct, noisy), {}
    from aebench.tools.denoisers import tuned

    train, validation = (subject.prepared.part(part)[0] for part in ("train", "validation"))
    clean = validation[some(len(validation), config.tuning, "validation images")]
    noisy = noisy_images(clean, config.noise, subject.seed, "validation")
    found = tuned(
        subject.tool,
        as_float(train),
        as_float(clean),
        noisy,
        config.noise.unbiased,
    )
    return found.filter, found.settings


def noisy_images(images: np.ndarray, noise: Corruption, seed: int, part: str) -> np.ndarray:
    """uint8 images with noise, float64, not clipped; the same for the same seed and part."""
    with seeded(seed, "noise", part):
        return noise.corrupt(to_float(torch.from_numpy(images))).double().numpy()
