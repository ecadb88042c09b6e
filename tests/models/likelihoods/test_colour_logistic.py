"""The discretized logistic of colours that know of each other."""

import math

import pytest
import torch

from aebench.core.errors import InputError
from aebench.models import build
from aebench.models.likelihoods import colour_logistic, discretized_logistic

DENSE = {"widths": [5], "unit": "silu"}
VAE = {"name": "vae", "latent": 2, "encoder": DENSE, "decoder": DENSE}


def test_without_coefficients_colours_are_independent() -> None:
    outputs, images = torch.randn(2, 9, 4, 4), torch.randint(0, 256, (2, 3, 4, 4)) / 255
    outputs[:, 6:] = 0
    apart = discretized_logistic.nll(outputs[:, :6], images)
    assert torch.allclose(colour_logistic.nll(outputs, images), apart)


def test_greens_location_moves_with_red_and_blues_with_both() -> None:
    """A grey picture, its brightness unknown: red costs all, the others next to nothing."""
    outputs = torch.zeros(1, 9, 1, 1)
    # Narrow green and blue; green by red; blue by green.
    outputs[0, 4:6] = -5.0
    outputs[0, [6, 8]] = 20.0
    for value in (0.1, 0.5, 0.9):
        images = torch.full((1, 3, 1, 1), round(value * 255) / 255)
        red, green, blue = colour_logistic.nll(outputs, images).flatten().tolist()
        assert green == pytest.approx(blue, abs=1e-4) and green < red - 2
        swapped = images.clone()
        swapped[0, 0] = 1 - value
        assert (colour_logistic.nll(outputs, swapped)[0, 1] - green > 5) == (value != 0.5)


def test_the_mean_image_is_that_of_the_locations_each_given_those_before() -> None:
    outputs = torch.zeros(1, 9, 1, 1)
    outputs[0, 0] = 0.2
    outputs[0, 6:9] = math.atanh(0.5)
    shown = colour_logistic.mean(outputs).flatten().tolist()
    # Green: half of red's 0.2; blue: half of red's and half of green's.
    assert shown == pytest.approx([0.7, 0.6, 0.65], abs=1e-6)


def test_other_images_than_colours_are_refused() -> None:
    with pytest.raises(InputError, match="colour-logistic is of images of 3 channels, and these"):
        build({**VAE, "likelihood": "colour-logistic", "image_shape": [1, 6, 6]})
