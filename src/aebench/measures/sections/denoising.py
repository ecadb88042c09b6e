"""Denoising: how close restored test images are to the clean ones, and how legible."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

import numpy as np
import torch
from pydantic import Field
from torch import nn

from aebench.baselines.base import Baseline, Filter
from aebench.baselines.tuning import tuned
from aebench.core.counts import Count
from aebench.core.errors import InputError
from aebench.core.seeding import seeded
from aebench.data.pixels import to_float
from aebench.data.prepared import Prepared
from aebench.data.scaling import to_unit_range
from aebench.measures.base import Measure
from aebench.measures.batched import apply_in_batches
from aebench.measures.features import classifier
from aebench.measures.inputs import MeasureInput, RunInput
from aebench.measures.quality import psnr_db, sse_per_image, ssim
from aebench.measures.result import MeasureResult
from aebench.measures.subsets import fixed_indices
from aebench.measures.words import OF_PIXELS
from aebench.objectives.base import Corruption
from aebench.training.device import device

if TYPE_CHECKING:
    from aebench.experiments.recipe import Recipe

# Images that are stored for pictures.
SHOWN = 2
# Draws of the noise from which a filter learns.
LEARNED_DRAWS = 5
NoiseName = Annotated[str, Field(pattern="^[a-z0-9_]+$")]


class Denoising(Measure):
    """How well noise is removed from test images.

    `noise` is the noise that nets are to be trained on and baselines are tuned to; its columns end
    in `_seen`. `others` are noises that are new to them; their columns end in their names.
    """

    name: Literal["denoising"] = "denoising"
    noise: Corruption
    others: dict[NoiseName, Corruption] = Field(default={})
    # At most so many test images, and validation images to tune a filter; always the same ones.
    images: Count = 300
    tuning: Count = 100
    # Epochs of the classifier, trained on clean images, that reads the restored ones.
    classifier_epochs: Count = 10

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
                f"{quantity}_{noise}"
                for noise in ("seen", *self.others)
                for quantity in ("sse_per_image", "psnr_db", "ssim", "classifier_error")
            ),
        )

    def check(self, what: "nn.Module | Baseline", prepared: Prepared, recipe: "Recipe") -> None:
        if not (isinstance(what, Filter) or hasattr(what, "reconstruct")):
            raise InputError(
                "measures",
                "denoising: it removes no noise",
                f"models that reconstruct images, and the baselines {Filter.names()}",
            )
        if "seen" in self.others:
            raise InputError("measures: denoising: others: the name 'seen' is taken by `noise`")

    def compute(self, input: MeasureInput) -> MeasureResult:
        """Restore test images with noise from the input's seed, clipped to [0, 1].

        Without labels the classifier's columns are left out.
        """
        images, labels = input.prepared.part("test")
        chosen = fixed_indices(len(images), self.images, "test images")
        clean, labels = images[chosen], None if labels is None else labels[chosen]
        began = time.monotonic()
        restore, settings = self._restorer(input)
        seconds = {"tuning": time.monotonic() - began, "restoring": 0.0}
        values = {}
        if labels is not None:
            reader = classifier(self.classifier_epochs, input.prepared, input.store).model()
            reader.to(device())
            values["classifier_error_clean"] = _misread(reader, clean, labels)
        # Evenly spaced, since data may be sorted by class.
        shown = np.linspace(0, len(clean), SHOWN + 1)[:-1].astype(int) + len(clean) // (2 * SHOWN)
        arrays = {"clean": clean[shown]}
        for name, noise in {"seen": self.noise, **self.others}.items():
            noisy = noisy_images(clean, noise, input.seed, "test")
            began = time.monotonic()
            restored = restore(noisy).clip(0, 1)
            seconds["restoring"] += time.monotonic() - began
            values[f"sse_per_image_{name}"] = sse_per_image(restored, to_unit_range(clean))
            values[f"psnr_db_{name}"] = psnr_db(restored, to_unit_range(clean))
            values[f"ssim_{name}"] = ssim(restored, to_unit_range(clean))
            if labels is not None:
                values[f"classifier_error_{name}"] = _misread(reader, restored, labels)
            arrays[f"noisy_{name}"] = noisy[shown].clip(0, 1).astype(np.float32)
            arrays[f"restored_{name}"] = restored[shown].astype(np.float32)
        return MeasureResult(values, arrays, settings, seconds)

    def _restorer(
        self, input: MeasureInput
    ) -> tuple[Callable[[np.ndarray], np.ndarray], dict[str, Any]]:
        """A function that restores noisy images, and its tuned settings."""
        if isinstance(input, RunInput):
            model = input.model()
            return lambda noisy: apply_in_batches(model.reconstruct, noisy), {}
        images = input.prepared.part("train")[0]
        train = to_unit_range(images)
        draws = (
            noisy_images(images, self.noise, input.seed, f"train {i}") for i in range(LEARNED_DRAWS)
        )
        clean = input.prepared.part("validation")[0]
        clean = clean[fixed_indices(len(clean), self.tuning, "validation images")]
        noisy = noisy_images(clean, self.noise, input.seed, "validation")
        assert isinstance(input.baseline, Filter)
        best = tuned(input.baseline, train, to_unit_range(clean), noisy, self.noise.unbiased, draws)
        return best.filter, best.settings


def _misread(classifier: nn.Module, images: np.ndarray, labels: np.ndarray) -> float:
    """The share of images, float or uint8, that the classifier takes for another class."""
    read = apply_in_batches(lambda part: classifier(part).argmax(1), images)
    return float((read != labels).mean())


def noisy_images(images: np.ndarray, noise: Corruption, seed: int, part: str) -> np.ndarray:
    """Add noise to uint8 images: float64, not clipped; the same for the same seed and part."""
    with seeded(seed, "noise", part):
        return noise.corrupt(to_float(torch.from_numpy(images))).double().numpy()
