"""What is known of prepared data when recipes are chosen."""

import numpy as np
import pytest

from aebench.data.facts import grey_levels


@pytest.mark.parametrize("levels", [2, 3, 4, 16, 17, 64])
def test_evenly_spaced_values_are_counted(levels: int) -> None:
    values = np.rint(np.arange(levels) * 255 / (levels - 1)).astype(np.uint8)
    assert grey_levels(values.reshape(1, 1, 1, -1)) == levels


@pytest.mark.parametrize("values", [range(256), range(0, 200, 7), [0, 1, 255], [0, 3, 199]])
def test_all_others_are_256(values) -> None:
    assert grey_levels(np.array(values, np.uint8).reshape(1, 1, 1, -1)) == 256


def test_one_value_of_black_or_white_is_two_levels() -> None:
    assert grey_levels(np.zeros((3, 1, 2, 2), np.uint8)) == 2
