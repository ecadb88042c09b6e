import numpy as np
import pytest
import torch

from aebench.core import memory
from aebench.core.seeding import seeded
from aebench.data import pixels
from aebench.data.binarization import Binarization
from aebench.data.pixels import binarize, binarized, joined, to_float


@pytest.mark.parametrize("how", ["none", "stochastic", "fixed"])
@pytest.mark.parametrize("shape", [(30, 1, 5, 5), (31, 3, 3, 3), (2, 1, 1, 1)])
def test_binarized_a_few_at_a_time_as_all_at_once(
    how: Binarization, shape: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    images = torch.from_numpy(np.random.default_rng(0).integers(0, 256, shape, np.uint8))
    with seeded(1):
        expected, following = binarize(images, how), torch.rand(3)
    monkeypatch.setattr(pixels, "at_a_time", lambda images, most: 7)
    with seeded(1):
        found = binarized(images, how)
        assert torch.equal(to_float(found), expected) and found.dtype == torch.uint8
        # And as many random numbers are drawn.
        assert torch.equal(torch.rand(3), following)


@pytest.mark.parametrize("share", [0, 1])
def test_joined_in_memory_or_in_a_file(share: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "SMALL", 0)
    monkeypatch.setattr(memory, "LARGEST_SHARE", share)
    whole = torch.randn(10, 3)
    found = joined(iter(whole.split(4)), 10, "codes")
    assert torch.equal(found, whole)
