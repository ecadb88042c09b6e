"""The contract of sources of data."""

import numpy as np

from aebench.core.errors import InputError
from aebench.data.dataset import DataSet
from aebench.data.preparation import parts_of
from aebench.data.raw import Raw, check_raw


def check_images(section: DataSet) -> None:
    """It gives valid images, labels and test mask."""
    raw = section.read()
    assert isinstance(raw, Raw), f"read() gives {type(raw).__name__}; expected aebench.data.raw.Raw"
    try:
        check_raw(raw, section.source)
    except InputError as error:
        raise AssertionError(str(error)) from None


def check_again(section: DataSet) -> None:
    """Read twice, it gives the same bytes."""
    first, second = section.read(), section.read()
    assert np.array_equal(first.images, second.images), "the images differ each time"
    if first.labels is not None:
        assert second.labels is not None, "the labels are missing the second time"
        assert np.array_equal(first.labels, second.labels), "the labels differ each time"


def check_split(section: DataSet) -> None:
    """It can be split into the validation and test images that its fields say."""
    try:
        parts_of(section.read(), section)
    except InputError as error:
        raise AssertionError(str(error)) from None
