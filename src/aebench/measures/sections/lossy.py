"""Compression with loss: what is left of test images at how many bits a pixel."""

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field, PositiveFloat, PositiveInt

from aebench.baselines.base import Codec
from aebench.baselines.sections.lossy_pictures import JPEG
from aebench.compression.files import Files
from aebench.compression.lossy import files_by_step
from aebench.compression.transforms import ModelTransform
from aebench.core.errors import InputError
from aebench.data.prepared import Prepared
from aebench.measures.base import Measure
from aebench.measures.codes import has_code
from aebench.measures.curve import QUALITIES, at, curve, rate_difference
from aebench.measures.subject import MeasureResult, Subject, fixed_subset
from aebench.measures.words import MODEL_BYTES, OF_PIXELS

if TYPE_CHECKING:
    from torch import nn

    from aebench.baselines.base import Baseline
    from aebench.experiments.recipe import Recipe

# So many images are kept for pictures.
SHOWN = 6


class Lossy(Measure):
    """How much is lost of test images where they may take so many bits: a rate-distortion curve.

    A net's code, or PCA's, is rounded, more and more coarsely, and coded by the frequencies that
    training images have; these, like the net, are the decoder's and in no file. `rates`: bits a
    pixel at which the curve is read.
    """

    name: Literal["lossy"] = "lossy"
    # All images as one file, or a file each.
    whole: bool = True
    rates: Annotated[list[PositiveFloat], Field(min_length=1)]
    # At most so many test images, always the same ones.
    images: PositiveInt = 1000

    version: ClassVar[int] = 2
    seed_independent: ClassVar[bool] = True
    glossary: ClassVar[dict[str, str]] = {
        "psnr_db_at_(.+)": "peak signal-to-noise ratio of files of {} bits a pixel, in dB; ↑",
        "ssim_at_(.+)": "structural similarity (1: the same image) of files of {} bits a pixel; ↑",
        "sse_per_image_at_(.+)": f"squared error, {OF_PIXELS}, of files of {{}} bits a pixel, "
        "between two settings of a codec interpolated and beyond its last one as there; empty "
        "where no file is as small; ↓",
        "bd_rate_percent": "bits beyond JPEG's for the same PSNR (Bjøntegaard), in percent; ↓",
        "model_bytes": MODEL_BYTES,
    }

    def columns(self) -> tuple[str, ...]:
        read = [f"{quality}_at_{rate:g}" for rate in self.rates for quality in QUALITIES]
        return (*read, "bd_rate_percent", "model_bytes")

    def check(self, what: "nn.Module | Baseline", prepared: Prepared, recipe: "Recipe") -> None:
        if not (has_code(what) or isinstance(what, Codec)):
            raise InputError(
                "measures: lossy: it is no lossy codec; allowed: models with a code, and the "
                f"baselines {Codec.names()}"
            )

    def compute(self, subject: Subject) -> MeasureResult:
        """Of files that were written and read back.

        `..._at_RATE`: between two points of the curve as far as their rates are, and beyond the
        last one, as good as the best before it; where no file is as small, it is left out.
        `bd_rate_percent`: how much more the codec needs than JPEG for the same PSNR (Bjøntegaard),
        over what both reach, else left out. `model_bytes`: what both sides must have beforehand:
        the net, or PCA's components, in single precision, and the table of frequencies.
        """
        test, _ = subject.prepared.part("test")
        train, _ = subject.seen.part("train")
        images = test[fixed_subset(len(test), self.images, "test images")]
        files = self._files(subject, images, train)
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
        values["model_bytes"] = max(each.model_bytes for each in files)
        shown = np.linspace(0, len(images), SHOWN + 1)[:-1].astype(int)
        arrays = {
            "original": images[shown],
            "rates": np.array([point.rate for point in points]),
            "psnr_db": np.array([point.quality["psnr_db"] for point in points]),
            "decoded": np.stack([point.images[shown] for point in points]),
        }
        return MeasureResult(values, arrays)

    def _files(self, subject: Subject, images: np.ndarray, train: np.ndarray) -> list[Files]:
        """The images by each setting of the codec."""
        if subject.baseline:
            return list(subject.baseline.lossy_files(images, train, self.whole))
        transform = ModelTransform(subject.run.model())
        return list(files_by_step(transform, images, train, self.whole))
