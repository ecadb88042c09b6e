"""The contract of corruptions."""

import math

import torch

from aebench.contract import common
from aebench.core.seeding import seeded
from aebench.objectives.base import Corruption


def check_shape(section: Corruption) -> None:
    """It gives finite numbers of the input's shape and does not change the input."""
    for shape in ((4, *common.SHAPES[2]), (6, 10)):
        x = torch.rand(shape)
        before = x.clone()
        common.expect(section.corrupt(x), shape, f"of {common.sizes(shape)}")
        assert torch.equal(x, before), "it changes the input"


def check_seed(section: Corruption) -> None:
    """The same seed gives the same noise."""
    x, results = torch.rand(4, 10), []
    for disturbance in range(2):
        torch.manual_seed(disturbance)
        with seeded("same"):
            results.append(section.corrupt(x))
    assert torch.equal(results[0], results[1]), "the same seed gives other noise"


def check_unbiased(section: Corruption) -> None:
    """The mean of `unbiased` over the noise is the uncorrupted input."""
    x = 0.25 + 0.5 * torch.rand(200, 1000)
    error = section.unbiased(section.corrupt(x)) - x
    spread = error.std().item() / math.sqrt(error.numel())
    mean = error.mean().item()
    assert abs(mean) <= 6 * spread + 1e-6, f"its mean differs by {mean:.4f}"
