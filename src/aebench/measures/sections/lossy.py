"""Lossy compression: the quality of test images by bits a pixel."""

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field, PositiveFloat

from aebench.baselines.base import Codec
from aebench.baselines.sections.lossy_pictures import JPEG
from aebench.compression.files import Files
from aebench.compression.lossy import files_by_step
from aebench.compression.transforms import ModelTransform
from aebench.core.counts import Count
from aebench.core.errors import InputError
from aebench.core.schema import Distinct
from aebench.data.prepared import Prepared
from aebench.measures.base import Measure
from aebench.measures.codes import has_code
from aebench.measures.curve import QUALITIES, at, curve, rate_difference
from aebench.measures.inputs import BaselineInput, MeasureInput
from aebench.measures.result import MeasureResult
from aebench.measures.subsets import fixed_indices
from aebench.measures.words import MODEL_BYTES, OF_PIXELS

if TYPE_CHECKING:
    from torch import nn

    from aebench.baselines.base import Baseline
    from aebench.experiments.recipe import Recipe

# Images that are stored for pictures.
SHOWN = 6


class Lossy(Measure):
    """Rate-distortion curve of lossy compression.

    The code of a net or PCA is rounded to finer and finer steps and entropy-coded by the
    frequencies of training images, which the decoder knows as it knows the net. `rates`: bits a
    pixel at which the curve is read.
    """

    name: Literal["lossy"] = "lossy"
    # All images in one file, or a file each.
    whole: bool = True
    rates: Annotated[Distinct[PositiveFloat], Field(min_length=1)]
    # At most so many test images, always the same ones.
    images: Count = 1000

    version: ClassVar[int] = 2
    seed_independent: ClassVar[bool] = True
    glossary: ClassVar[dict[str, str]] = {
        "psnr_db_at_(.+)": "peak signal-to-noise ratio of files of {} bits a pixel, in dB; ↑",
        "ssim_at_(.+)": "structural similarity (1: the same image) of files of {} bits a pixel; ↑",
        "sse_per_image_at_(.+)": f"squared error, {OF_PIXELS}, of files of {{}} bits a pixel, "
        "interpolated between two settings of a codec, beyond its last one as there; empty where "
        "no file is as small; ↓",
        "bd_rate_percent": "bits beyond JPEG's for the same PSNR (Bjøntegaard), in percent; ↓",
        "model_bytes": MODEL_BYTES,
    }

    def columns(self) -> tuple[str, ...]:
        qualities = [f"{quality}_at_{rate:g}" for rate in self.rates for quality in QUALITIES]
        return (*qualities, "bd_rate_percent", "model_bytes")

    def check(self, what: "nn.Module | Baseline", prepared: Prepared, recipe: "Recipe") -> None:
        if not (has_code(what) or isinstance(what, Codec)):
            raise InputError(
                "measures",
                "lossy: it is no lossy codec",
                f"models with a code, and the baselines {Codec.names()}",
            )

    def compute(self, input: MeasureInput) -> MeasureResult:
        """Encode and decode test images at each setting of the codec.

        `..._at_RATE` is interpolated between two points of the curve, and beyond the last one it is
        that one's; it is left out where no file is as small. `bd_rate_percent` is left out where
        the codec and JPEG reach no common PSNR. `model_bytes` is the net, or PCA's components, in
        single precision, and the table of frequencies, which both sides must have beforehand.
        """
        test, _ = input.prepared.part("test")
        train, _ = input.seen_data.part("train")
        images = test[fixed_indices(len(test), self.images, "test images")]
        files = self._files(input, images, train)
        points = curve(images, files)
        values = {
            f"{quality}_at_{rate:g}": value
            for rate in self.rates
            for quality, value in at(points, rate).items()
        }
        anchor = curve(images, JPEG().lossy_files(images, train, self.whole))
        difference = rate_difference(anchor, points)
        if np.isfinite(difference):
            values["bd_rate_percent"] = difference
        values["model_bytes"] = max(file.model_bytes for file in files)
        shown = np.linspace(0, len(images), SHOWN + 1)[:-1].astype(int)
        arrays = {
            "original": images[shown],
            "rates": np.array([point.rate for point in points]),
            "psnr_db": np.array([point.quality["psnr_db"] for point in points]),
            "decoded": np.stack([point.images[shown] for point in points]),
        }
        return MeasureResult(values, arrays)

    def _files(self, input: MeasureInput, images: np.ndarray, train: np.ndarray) -> list[Files]:
        """The images encoded by each setting of the codec."""
        if isinstance(input, BaselineInput):
            assert isinstance(input.baseline, Codec)
            return list(input.baseline.lossy_files(images, train, self.whole))
        transform = ModelTransform(input.run.model())
        return list(files_by_step(transform, images, train, self.whole))
