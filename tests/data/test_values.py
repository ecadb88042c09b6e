"""Which numbers of arrays and tables mean black and white."""

import numpy as np
import pytest

from aebench.core.errors import InputError
from aebench.data.values import scale_notes, to_uint8

RAMP = np.linspace(0, 1, 40).reshape(10, 2, 2)


@pytest.mark.parametrize(
    ("values", "black", "white"),
    [
        (RAMP, 0, 1),
        (RAMP.astype(np.float32), 0, 1),
        (RAMP > 0.5, 0, 1),
        (RAMP * 255, 0, 255),
        ((RAMP * 255).astype(np.int64), 0, 255),
        ((RAMP * 200).astype(np.uint8), 0, 255),
        ((RAMP * 16).astype(np.uint8), 0, 255),
    ],
)
def test_a_plain_scale_is_taken_as_it_is(values, black, white):
    pixels, notes = to_uint8(values, None, "a.npz")
    expected = np.rint((values.astype(float) - black) / (white - black) * 255)
    assert pixels.dtype == np.uint8 and (pixels == expected).all()
    assert notes == []


@pytest.mark.parametrize("extreme", [1.0000001, 1.05, -1e-7, -0.1])
def test_what_lies_a_little_outside_of_0_to_1_is_clipped_and_said(extreme):
    values = RAMP.copy()
    values[3, 1, 0] = extreme
    pixels, notes = to_uint8(values, None, "a.npz")
    assert (pixels != to_uint8(RAMP, None, "a.npz")[0]).sum() == 1
    assert pixels[3, 1, 0] == (255 if extreme > 1 else 0)
    assert len(notes) == 1 and notes[0].startswith("1 pixels outside of 0 to 1")


@pytest.mark.parametrize(
    ("most", "dtype"),
    [(1.2, np.float64), (16, np.float32), (127, np.float64), (16, np.int64), (100, np.uint16)],
)
def test_a_scale_that_is_not_plain_has_to_be_said(most, dtype):
    values = (RAMP * most).astype(dtype)
    with pytest.raises(InputError, match="neither plainly 0 to 1 nor 0 to 255; allowed: `range"):
        to_uint8(values, None, "a.npz")
    pixels, _ = to_uint8(values, [0, most], "a.npz")
    assert pixels.max() == 255


def test_dark_images_are_said_to_be_dark():
    (said,) = scale_notes(np.full((3, 1, 2, 2), 16, np.uint8))
    assert said.startswith("The brightest pixel is 16 of 255") and "`range: " in said
    assert scale_notes(np.full((3, 1, 2, 2), 128, np.uint8)) == []
