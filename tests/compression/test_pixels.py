"""What the coder is given are the probabilities of the models' own likelihoods."""

import pytest
import torch

from aebench.compression.pixels import GREY
from aebench.models.base import Likelihood


@pytest.mark.parametrize("name", GREY)
@pytest.mark.parametrize("channels", [1, 3])
def test_probabilities_are_the_likelihoods(name, channels):
    torch.manual_seed(0)
    outputs = 2 * torch.randn(5, 2 * channels, 3, 4, dtype=torch.float64)
    table = GREY[name](outputs)
    table /= table.sum(-1, keepdim=True)
    values = torch.arange(256, dtype=torch.float64).reshape(-1, 1, 1, 1, 1) / 255
    images = values.expand(256, 5, channels, 3, 4)
    nll = Likelihood.member(name).build().nll(outputs.expand(256, *outputs.shape), images)
    assert table.shape == (5, channels, 3, 4, 256)
    torch.testing.assert_close(table, nll.neg().exp().movedim(0, -1), rtol=1e-6, atol=1e-12)
