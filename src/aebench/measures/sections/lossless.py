"""Compression without loss: bits a pixel of test images, by a VAE or by a baseline."""

import math
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
import torch
from pydantic import PositiveInt

from aebench.baselines.base import Archiver, Baseline
from aebench.compression import bitsback, pixels
from aebench.compression.files import Files, packed, unpacked
from aebench.core.errors import InputError
from aebench.data.pixels import binarize
from aebench.data.prepared import Prepared
from aebench.measures.base import Measure
from aebench.measures.subject import MeasureResult, Subject, fixed_subset
from aebench.measures.words import BITS_PER_PIXEL, MODEL_BYTES
from aebench.metrics.latents import rate_distortion
from aebench.models.latent import LatentVariableModel
from aebench.nets import parameters

if TYPE_CHECKING:
    from torch import nn

    from aebench.experiments.recipe import Recipe


class Lossless(Measure):
    """How many bits test images take where nothing may be lost: a VAE's by bits back."""

    name: Literal["lossless"] = "lossless"
    # All images as one file, or a file each, which bits back is not for.
    whole: bool = True
    # fixed: pixels drawn once, black or white; none: the grey values.
    binarization: Literal["fixed", "none"]
    images: PositiveInt = 1000

    version: ClassVar[int] = 1
    seed_independent: ClassVar[bool] = True
    glossary: ClassVar[dict[str, str]] = {
        "bits_per_pixel": BITS_PER_PIXEL,
        "bound_bits_per_pixel": "bits a pixel that the ELBO promises; ↓",
        "model_bytes": MODEL_BYTES,
    }

    def columns(self) -> tuple[str, ...]:
        return tuple(self.glossary)

    def check(self, what: "nn.Module | Baseline", prepared: Prepared, recipe: "Recipe") -> None:
        if isinstance(what, Baseline):
            if not isinstance(what, Archiver):
                raise InputError(
                    "measures: lossless: the baseline loses something; allowed: " + Archiver.names()
                )
            return
        bitsback.check(what)
        few = _targets(prepared.part("test")[0][:1], self.binarization)
        pixels.check(what.likelihood_name, few)
        if not self.whole:
            raise InputError(
                "measures: lossless: whole: bits back codes many images; allowed: true"
            )

    def compute(self, subject: Subject) -> MeasureResult:
        """Of bytes that were written, and read back to the same images.

        `bound_bits_per_pixel`: what the model's ELBO promises. `model_bytes`: what both sides must
        have beforehand, encoder and decoder in single precision. Raises RuntimeError where the
        images do not come back.
        """
        test, _ = subject.prepared.part("test")
        images = _targets(
            test[fixed_subset(len(test), self.images, "test images")], self.binarization
        )
        if subject.baseline:
            files = self._archived(subject.baseline, images)
            _must_equal(files.images, images, subject.baseline.name)
            return MeasureResult(
                {"bits_per_pixel": files.bits_per_pixel, "model_bytes": files.model_bytes}
            )
        model = subject.run.model()
        data = bitsback.encode(model, images)
        _must_equal(bitsback.decode(model, data, len(images)), images, "bits back")
        return MeasureResult(
            {
                "bits_per_pixel": 8 * len(data) / images.size,
                "bound_bits_per_pixel": _bound(model, images, subject.seed),
                "model_bytes": 4 * parameters(model),
            }
        )

    def _archived(self, baseline: Archiver, images: np.ndarray) -> Files:
        if self.binarization == "fixed" and baseline.takes_bytes:
            # A byte for each black or white pixel would be a handicap.
            files = baseline.lossless_files(packed(images), self.whole)
            back = unpacked(files.images, images.shape[1:])
            return Files(files.sizes, back, files.model_bytes)
        return baseline.lossless_files(images, self.whole)


def _targets(images: np.ndarray, binarization: str) -> np.ndarray:
    drawn = binarize(torch.from_numpy(images), binarization)
    return drawn.mul(255).round().byte().numpy()


def _must_equal(back: np.ndarray, images: np.ndarray, what: str) -> None:
    if not np.array_equal(back, images):
        raise RuntimeError(f"{what}: the images did not come back as they were")


def _bound(model: LatentVariableModel, images: np.ndarray, seed: int) -> float:
    targets = torch.from_numpy(images).float() / 255
    return -rate_distortion(model, targets, seed).elbo / (math.log(2) * images[0].size)
