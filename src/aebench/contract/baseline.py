"""The contract of baselines, by their roles."""

from itertools import product

import numpy as np

from aebench.baselines.base import Archiver, Baseline, Codec, Detector, Filter, Mapper
from aebench.contract import common
from aebench.data.scaling import to_unit_range

ROLES = (Filter, Mapper, Detector, Codec, Archiver)


def check_roles(section: Baseline) -> None:
    """It has at least one of the roles."""
    names = ", ".join(role.__name__ for role in ROLES)
    assert isinstance(section, ROLES), f"it is none of {names}"


def check_filter(section: Baseline) -> None:
    """As a filter it gives images of the same shape, the same ones each time."""
    if not isinstance(section, Filter):
        raise common.NotApplicable
    train, test = _images("train"), _images("test")
    noisy = test + 0.1 * np.random.default_rng(0).standard_normal(test.shape)
    make = section.fit_to_noise(train, [train])
    # Settings are passed by the names of their fields.
    choices = {name: value for name, value in section if isinstance(value, list)}
    settings = dict(zip(choices, next(product(*choices.values())), strict=True))
    first, second = (make(**settings)(noisy) for _ in range(2))
    _expect(first, noisy.shape, "filtered images")
    assert np.array_equal(first, second), "the same images give other results the second time"


def check_map(section: Baseline) -> None:
    """As a map it gives a finite point N x 2 an image, the same for the same seed."""
    if not isinstance(section, Mapper):
        raise common.NotApplicable
    train, test = _images("train"), _images("test")
    points = [section.fit_map(train, 1)(test) for _ in range(2)]
    _expect(points[0], (len(test), 2), "points")
    assert np.array_equal(points[0], points[1]), "the same seed gives another map"


def check_score(section: Baseline) -> None:
    """As a detector it gives a finite score an image, the same one for the same seed."""
    if not isinstance(section, Detector):
        raise common.NotApplicable
    train, test = _images("train"), _images("test")
    scores = [np.asarray(section.fit_score(train, 1)(test)) for _ in range(2)]
    _expect(scores[0], (len(test),), "scores")
    assert np.array_equal(scores[0], scores[1]), "the same seed gives other scores"


def check_lossy(section: Baseline) -> None:
    """As a codec it gives decoded images of the same shape."""
    if not isinstance(section, Codec):
        raise common.NotApplicable
    images, train = _bytes("test")[:6], _bytes("train")
    files = list(section.lossy_files(images, train, True))
    assert files, "there are none"
    for file in files:
        assert file.images.shape == images.shape, (
            f"decoded images are {file.images.shape}; expected {images.shape}"
        )
        assert file.bits_per_pixel > 0, "a file takes no bits"


def check_lossless(section: Baseline) -> None:
    """As an archiver it gives decoded images that equal the images."""
    if not isinstance(section, Archiver):
        raise common.NotApplicable
    images = _bytes("test")[:6]
    for whole in (True, False):
        files = section.lossless_files(images, whole)
        assert np.array_equal(files.images, images), "decoded images differ from the images"
        assert files.bits_per_pixel > 0, "the files take no bits"


def _bytes(part: str) -> np.ndarray:
    return common.prepared((1, 16, 16)).part(part)[0]


def _images(part: str) -> np.ndarray:
    return to_unit_range(_bytes(part))


def _expect(array: np.ndarray, shape: tuple[int, ...], what: str) -> None:
    actual = np.shape(array)
    assert actual == shape, f"{what}: {common.sizes(actual)}; expected {common.sizes(shape)}"
    assert np.isfinite(array).all(), f"{what}: not all numbers are finite"
