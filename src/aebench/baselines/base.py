"""Baselines as a study names them, and their roles: what a measure asks of them.

Nothing is trained for a baseline beforehand; it is fitted and tuned where it is measured. Images
are float64 N x C x H x W in [0, 1], unless something else is said.
"""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Annotated, ClassVar, TypeVar

from pydantic import Field

from aebench.core.registry import Kind

if TYPE_CHECKING:
    import numpy as np

    from aebench.compression.files import Files

# Images to images of the same shape, which need not lie in [0, 1].
ImageFilter = Callable[["np.ndarray"], "np.ndarray"]
# Images to points, N x 2.
Map = Callable[["np.ndarray"], "np.ndarray"]
# Images to N scores.
Score = Callable[["np.ndarray"], "np.ndarray"]

T = TypeVar("T")
# A list holds the values that validation images choose from.
Choices = Annotated[list[T], Field(min_length=1)]


class Baseline(Kind):
    """What is used instead of a net. A member has one role or more of those below."""

    kind: ClassVar[str] = "baseline"
    home: ClassVar[str] = "aebench.baselines.sections"
    requires: ClassVar[tuple[str, ...]] = ()
    # Part of the identity under which measurements are kept. Raise it when numbers change.
    version: ClassVar[int] = 1


class Filter(Baseline):
    """It removes noise. Fields that are lists are settings, of which each filter has one value."""

    requires: ClassVar[tuple[str, ...]] = ("fit_filter",)
    # Where the noise darkens or brightens images, it may be given images that were corrected.
    may_correct: ClassVar[bool] = True

    def fit_filter(self, train: "np.ndarray") -> Callable[..., ImageFilter]:
        """A function of the settings, by their names, that gives the filter with them.

        `train`: clean images, for filters that learn.
        """
        raise NotImplementedError


class Mapper(Baseline):
    """It gives images places in the plane, so that neighbours stay neighbours."""

    requires: ClassVar[tuple[str, ...]] = ("fit_map",)
    # Images that the map was not made from get places without making it anew.
    maps_new_points: ClassVar[bool] = True

    def fit_map(self, train: "np.ndarray", seed: int) -> Map:
        """The map made from `train`; `seed` has 32 bits.

        Where it cannot map new points, they are embedded together with `train`, each time anew.
        """
        raise NotImplementedError


class Detector(Baseline):
    """It scores images: the higher, the less they are like those that it knows."""

    requires: ClassVar[tuple[str, ...]] = ("fit_score",)

    def check_detector(self) -> None:
        """Raise InputError where its settings do not go with detection."""

    def fit_score(self, train: "np.ndarray", seed: int) -> Score:
        """The score, fitted to the usual images `train`; `seed` has 32 bits."""
        raise NotImplementedError


class Codec(Baseline):
    """It compresses images with loss, into smaller or larger files."""

    requires: ClassVar[tuple[str, ...]] = ("lossy_files",)

    def lossy_files(
        self, images: "np.ndarray", train: "np.ndarray", whole: bool
    ) -> Iterator["Files"]:
        """The images, uint8, by each setting, from rough to fine: written and read back.

        `train`: uint8 images for codecs that learn. `whole`: all images as one file, else a file
        each.
        """
        raise NotImplementedError


class Archiver(Baseline):
    """It compresses images without loss."""

    requires: ClassVar[tuple[str, ...]] = ("lossless_files",)
    # It takes any bytes, not only pictures: bits of black-and-white images are packed for it.
    takes_bytes: ClassVar[bool] = False

    def lossless_files(self, images: "np.ndarray", whole: bool) -> "Files":
        """The images, uint8, written and read back; all as one file (`whole`), or a file each."""
        raise NotImplementedError
