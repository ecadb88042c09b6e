"""Pixels in integers: as many bits as the likelihood says, and what is refused."""

import math

import numpy as np
import pytest
import torch

from aebench.compression.integers.lanes import LEAST_STATE, LaneStack
from aebench.compression.integers.pixels import Pixels
from aebench.core.errors import InputError
from aebench.models.base import Likelihood

FEW = {"name": "discretized-logistic", "levels": 17}


@pytest.mark.parametrize(
    "likelihood", ["bernoulli", "beta-binomial", "discretized-logistic", "colour-logistic", FEW]
)
def test_the_bits_are_those_of_the_likelihood(likelihood) -> None:
    section = Likelihood.member(likelihood)
    coder, density = Pixels(section), section.build()
    torch.manual_seed(0)
    outputs = torch.randn(300, density.maps * 3, 4, 4, dtype=torch.float64)
    integers = np.rint(outputs.numpy() * 2**16).astype(np.int64)
    words = np.random.default_rng(0).integers(2**32, size=9000, dtype=np.uint32)
    stack = LaneStack(np.full(8, LEAST_STATE), words)
    # Of random bits: samples of the likelihood.
    images = coder.pop(stack, integers, (3, 4, 4))
    assert np.isin(images, coder.values).all()
    bits = 32 * (len(words) - stack._top)
    nats = density.nll(outputs, torch.from_numpy(images).float() / 255).sum().item()
    # Each of the 8 lanes holds up to a word.
    assert bits == pytest.approx(nats / math.log(2), rel=0.01, abs=8 * 32)
    coder.push(stack, images, integers)
    assert stack._top == len(words) and (stack._words[: len(words)] == words).all()


def test_grey_values_that_the_model_does_not_have_are_refused() -> None:
    coder = Pixels(Likelihood.member(FEW))
    coder.check(np.array([[[[0, 16, 255]]]], np.uint8))
    says = "likelihood discretized-logistic levels 17; allowed: pixels that are 0, 16, 32"
    with pytest.raises(InputError, match=says):
        coder.check(np.array([[[[0, 17, 255]]]], np.uint8))


def test_a_density_is_refused() -> None:
    with pytest.raises(InputError, match="continuous-bernoulli is a density, which gives no code"):
        Pixels(Likelihood.member("continuous-bernoulli"))
