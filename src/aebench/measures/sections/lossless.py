"""Lossless compression: bits a pixel of test images, by a VAE or a baseline."""

import math
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
import torch

from aebench.baselines.base import Archiver, Baseline
from aebench.compression import bitsback, pixels
from aebench.compression.files import Files, pack_bits, unpack_bits
from aebench.core.counts import Count
from aebench.core.errors import InputError
from aebench.data.binarization import Binarization
from aebench.data.pixels import binarized
from aebench.data.prepared import Prepared
from aebench.measures.base import Measure
from aebench.measures.inputs import BaselineInput, MeasureInput
from aebench.measures.result import MeasureResult
from aebench.measures.subsets import fixed_indices
from aebench.measures.words import BITS_PER_PIXEL, MODEL_BYTES
from aebench.metrics.latents import rate_distortion
from aebench.models.latent import LatentVariableModel
from aebench.nets import parameters

if TYPE_CHECKING:
    from torch import nn

    from aebench.experiments.recipe import Recipe


class Lossless(Measure):
    """Bits that test images take, by bits-back coding with a VAE or by a baseline."""

    name: Literal["lossless"] = "lossless"
    # All images in one file, or a file each, which bits back does not support.
    whole: bool = True
    # fixed: black and white pixels, sampled once; none: grey values.
    binarization: Literal["fixed", "none"]
    images: Count = 1000

    version: ClassVar[int] = 2
    seed_independent: ClassVar[bool] = True
    glossary: ClassVar[dict[str, str]] = {
        "bits_per_pixel": BITS_PER_PIXEL,
        "bound_bits_per_pixel": "bits a pixel by the ELBO, which bits back approaches; ↓",
        "model_bytes": MODEL_BYTES,
        "total_bits_per_pixel": "bits a pixel, of the files and of the model that both sides must "
        "have beforehand; ↓",
    }

    def columns(self) -> tuple[str, ...]:
        return tuple(self.glossary)

    def check(self, what: "nn.Module | Baseline", prepared: Prepared, recipe: "Recipe") -> None:
        if isinstance(what, Baseline):
            if not isinstance(what, Archiver):
                raise InputError(
                    "measures: lossless: the baseline is not lossless; allowed: " + Archiver.names()
                )
            return
        bitsback.check(what)
        assert isinstance(what, LatentVariableModel)
        image = _targets(prepared.part("test")[0][:1], self.binarization)
        pixels.check(what.likelihood_name, image)
        if not self.whole:
            raise InputError("measures", "lossless: whole: bits back codes many images", "true")

    def compute(self, input: MeasureInput) -> MeasureResult:
        """Encode and decode test images.

        `model_bytes`: the model in single precision, which both sides must have beforehand. Raises
        RuntimeError where the decoded images differ.
        """
        test, _ = input.prepared.part("test")
        images = _targets(
            test[fixed_indices(len(test), self.images, "test images")], self.binarization
        )
        if isinstance(input, BaselineInput):
            baseline = input.baseline
            assert isinstance(baseline, Archiver)
            files = self._archive(baseline, images)
            _must_equal(files.images, images, getattr(baseline, baseline.tag))
            return MeasureResult(_sizes(sum(files.sizes), files.model_bytes, images))
        model = input.run.model()
        data = bitsback.encode(model, images)
        _must_equal(bitsback.decode(model, data, len(images)), images, "bits back")
        bound = {"bound_bits_per_pixel": _bound(model, images, input.seed)}
        return MeasureResult(_sizes(len(data), 4 * parameters(model), images) | bound)

    def _archive(self, baseline: Archiver, images: np.ndarray) -> Files:
        if self.binarization == "fixed" and baseline.takes_bytes:
            # A byte for each black or white pixel would be a handicap.
            files = baseline.lossless_files(pack_bits(images), self.whole)
            decoded = unpack_bits(files.images, images.shape[1:])
            return Files(files.sizes, decoded, files.model_bytes)
        return baseline.lossless_files(images, self.whole)


def _sizes(size: int, model_bytes: int, images: np.ndarray) -> dict[str, float]:
    """What files of `size` bytes take, and what the model adds."""
    return {
        "bits_per_pixel": 8 * size / images.size,
        "model_bytes": model_bytes,
        "total_bits_per_pixel": 8 * (size + model_bytes) / images.size,
    }


def _targets(images: np.ndarray, binarization: Binarization) -> np.ndarray:
    """The uint8 images to encode: binarized to 0 and 255, or as they are."""
    return binarized(torch.from_numpy(images), binarization).numpy()


def _must_equal(decoded: np.ndarray, images: np.ndarray, codec: str) -> None:
    if not np.array_equal(decoded, images):
        raise RuntimeError(f"{codec}: the decoded images differ from the encoded ones")


def _bound(model: LatentVariableModel, images: np.ndarray, seed: int) -> float:
    """The negative ELBO in bits a pixel."""
    targets = torch.from_numpy(images)
    return -rate_distortion(model, targets, seed).elbo / (math.log(2) * images[0].size)
