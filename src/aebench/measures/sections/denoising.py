"""Removing noise: how near the restored test images are to the clean ones, and how legible."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

import numpy as np
import torch
from pydantic import Field, PositiveInt
from torch import nn

from aebench.baselines.base import Baseline, Filter
from aebench.baselines.tuning import tuned
from aebench.core.errors import InputError
from aebench.core.seeding import seeded
from aebench.data.pixels import to_float
from aebench.data.prepared import Prepared
from aebench.measures.base import Measure
from aebench.measures.features import classifier
from aebench.measures.quality import psnr_db, sse_per_image, ssim
from aebench.measures.subject import MeasureResult, Subject, as_float, batches, fixed_subset
from aebench.measures.words import OF_PIXELS
from aebench.objectives.base import Corruption
from aebench.training.device import device

if TYPE_CHECKING:
    from aebench.experiments.recipe import Recipe

# So many images are kept for pictures.
SHOWN = 2
NoiseName = Annotated[str, Field(pattern="^[a-z0-9_]+$")]


class Denoising(Measure):
    """How well noise is removed from test images.

    `noise` is what nets are to be trained on and what baselines are tuned to; its columns end in
    `_seen`. `others` are noises that they meet for the first time; columns end in their names.
    """

    name: Literal["denoising"] = "denoising"
    noise: Corruption
    others: dict[NoiseName, Corruption] = Field(default={})
    # At most so many test images, always the same ones, and validation images that tune a filter.
    images: PositiveInt = 300
    tuning: PositiveInt = 100
    # Of the classifier, trained on clean images, that reads the restored ones.
    classifier_epochs: PositiveInt = 10

    version: ClassVar[int] = 3
    glossary: ClassVar[dict[str, str]] = {
        "classifier_error_clean": "share of clean images that the classifier misreads; ↓",
        "sse_per_image_seen": f"squared error of restored images, {OF_PIXELS}, noise as in "
        "training; ↓",
        "psnr_db_seen": "peak signal-to-noise ratio of restored images, in dB; ↑",
        "ssim_seen": "structural similarity of restored images (1: the same image); ↑",
        "classifier_error_seen": "share of restored images that a classifier misreads; ↓",
        "sse_per_image_(weaker|stronger)": f"squared error of restored images, {OF_PIXELS}, noise "
        "{} than in training; ↓",
        "psnr_db_(weaker|stronger)": "peak signal-to-noise ratio of restored images, in dB, noise "
        "{} than in training; ↑",
        "ssim_(weaker|stronger)": "structural similarity of restored images (1: the same image), "
        "noise {} than in training; ↑",
        "classifier_error_(weaker|stronger)": "share of restored images that a classifier "
        "misreads, noise {} than in training; ↓",
    }

    def columns(self) -> tuple[str, ...]:
        return (
            "classifier_error_clean",
            *(
                f"{quantity}_{place}"
                for place in ("seen", *self.others)
                for quantity in ("sse_per_image", "psnr_db", "ssim", "classifier_error")
            ),
        )

    def check(self, what: "nn.Module | Baseline", prepared: Prepared, recipe: "Recipe") -> None:
        if not (isinstance(what, Filter) or hasattr(what, "reconstruct")):
            raise InputError(
                "measures: denoising: it removes no noise; allowed: models that reconstruct "
                f"images, and the baselines {Filter.names()}"
            )
        if "seen" in self.others:
            raise InputError("measures: denoising: others: 'seen' is what `noise` is called")

    def compute(self, subject: Subject) -> MeasureResult:
        """Of test images whose noise is drawn from the subject's seed; restored ones are clipped.

        Without labels the classifier's columns are left out.
        """
        images, labels = subject.prepared.part("test")
        chosen = fixed_subset(len(images), self.images, "test images")
        clean, labels = images[chosen], None if labels is None else labels[chosen]
        began = time.monotonic()
        restore, settings = self._restorer(subject)
        seconds = {"tuning": time.monotonic() - began, "restoring": 0.0}
        judge = None
        values = {}
        if labels is not None:
            trained = classifier(self.classifier_epochs, subject.prepared, subject.store)
            judge = trained.model().to(device())
            values["classifier_error_clean"] = _misread(judge, clean, labels)
        # Data may be in the order of their classes.
        shown = np.linspace(0, len(clean), SHOWN + 1)[:-1].astype(int) + len(clean) // (2 * SHOWN)
        arrays = {"clean": clean[shown]}
        for place, noise in {"seen": self.noise, **self.others}.items():
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
        return MeasureResult(values, arrays, settings, seconds)

    def _restorer(
        self, subject: Subject
    ) -> tuple[Callable[[np.ndarray], np.ndarray], dict[str, Any]]:
        """What restores noisy images, and the settings that were chosen for it."""
        if subject.run:
            model = subject.model()
            return lambda noisy: batches(model.reconstruct, noisy), {}
        train, validation = (subject.prepared.part(part)[0] for part in ("train", "validation"))
        clean = validation[fixed_subset(len(validation), self.tuning, "validation images")]
        noisy = noisy_images(clean, self.noise, subject.seed, "validation")
        best = tuned(subject.baseline, as_float(train), as_float(clean), noisy, self.noise.unbiased)
        return best.filter, best.settings


def _misread(judge: nn.Module, images: np.ndarray, labels: np.ndarray) -> float:
    """The share of images, float or uint8, that the classifier takes for another class."""
    return float((batches(lambda part: judge(part).argmax(1), images) != labels).mean())


def noisy_images(images: np.ndarray, noise: Corruption, seed: int, part: str) -> np.ndarray:
    """uint8 images with noise, float64, not clipped; the same for the same seed and part."""
    with seeded(seed, "noise", part):
        return noise.corrupt(to_float(torch.from_numpy(images))).double().numpy()
