"""The kind of baselines, and the roles in which measures use them.

A baseline is fitted and tuned when it is measured, not trained before. Images are float64
N x C x H x W in [0, 1] unless stated otherwise.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Annotated, ClassVar, TypeVar

from pydantic import Field

from aebench.core.registry import Kind
from aebench.core.schema import Distinct

if TYPE_CHECKING:
    import numpy as np

    from aebench.compression.files import Files

# Images to images of the same shape, not confined to [0, 1].
ImageFilter = Callable[["np.ndarray"], "np.ndarray"]
# Images to points, N x 2.
Map = Callable[["np.ndarray"], "np.ndarray"]
# Images to N scores.
Score = Callable[["np.ndarray"], "np.ndarray"]

T = TypeVar("T")
# Values of a setting, of which the best on validation images is used.
Choices = Annotated[Distinct[T], Field(min_length=1)]


class Baseline(Kind):
    """A method to compare nets with, in one or more of the roles below."""

    kind: ClassVar[str] = "baseline"
    home: ClassVar[str] = "aebench.baselines.sections"
    requires: ClassVar[tuple[str, ...]] = ()
    # Part of a stored result's identity. Raise it when values change.
    version: ClassVar[int] = 1


class Filter(Baseline):
    """Removes noise. Fields that are lists are settings; each filter has one value of each."""

    requires: ClassVar[tuple[str, ...]] = ("fit_filter",)
    # Whether images may be corrected first where the noise darkens or brightens them.
    may_correct: ClassVar[bool] = True

    def fit_filter(self, train: "np.ndarray") -> Callable[..., ImageFilter]:
        """Fit to clean images `train`; returns a function that makes filters.

        Its arguments are the settings, by name.
        """
        raise NotImplementedError

    def fit_to_noise(
        self, train: "np.ndarray", noisy: Iterable["np.ndarray"]
    ) -> Callable[..., ImageFilter]:
        """The same, fitted to `noisy` as well: the images `train` with a draw of the noise each.

        By default the noise is not learned.
        """
        return self.fit_filter(train)


class Mapper(Baseline):
    """Maps images to points in the plane, so that neighbours stay neighbours."""

    requires: ClassVar[tuple[str, ...]] = ("fit_map",)
    # Whether it maps new images without being fitted anew.
    maps_new_points: ClassVar[bool] = True

    def fit_map(self, train: "np.ndarray", seed: int) -> Map:
        """The map fitted to `train`; `seed` has 32 bits.

        A mapper that cannot map new images embeds them together with `train` in each call.
        """
        raise NotImplementedError


class Detector(Baseline):
    """Scores images: the higher, the less they resemble those that it was fitted to."""

    requires: ClassVar[tuple[str, ...]] = ("fit_score",)

    def check_detector(self) -> None:
        """Raise InputError where its settings do not suit detection."""

    def fit_score(self, train: "np.ndarray", seed: int) -> Score:
        """The score, fitted to the usual images `train`; `seed` has 32 bits."""
        raise NotImplementedError


class Codec(Baseline):
    """Compresses images with loss, at several rates."""

    requires: ClassVar[tuple[str, ...]] = ("lossy_files",)

    def lossy_files(
        self, images: "np.ndarray", train: "np.ndarray", whole: bool
    ) -> Iterator["Files"]:
        """Encode and decode uint8 images with each setting, from coarse to fine.

        `train`: uint8 images for codecs that are fitted. `whole`: all images in one file instead of
        a file each.
        """
        raise NotImplementedError


class Archiver(Baseline):
    """Compresses images without loss."""

    requires: ClassVar[tuple[str, ...]] = ("lossless_files",)
    # Whether it compresses any bytes: then black-and-white images are packed, 8 pixels a byte.
    takes_bytes: ClassVar[bool] = False

    def lossless_files(self, images: "np.ndarray", whole: bool) -> "Files":
        """Encode and decode uint8 images; all in one file (`whole`), or a file each."""
        raise NotImplementedError
