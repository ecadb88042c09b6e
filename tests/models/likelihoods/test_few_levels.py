"""The discretized logistic of few evenly spaced grey values."""

import pytest
import torch

from aebench.models.likelihoods import discretized_logistic
from aebench.models.likelihoods.few_levels import FewLevels


@pytest.mark.parametrize("levels", [2, 4, 17, 64])
def test_probabilities_of_the_levels_sum_to_1_and_others_have_none(levels: int) -> None:
    likelihood = FewLevels(levels)
    values = (torch.arange(levels).double() * 255 / (levels - 1)).round()
    outputs = 3 * torch.randn(50, 2, 1, 1).double()
    images = (torch.arange(256).double() / 255).reshape(256, 1, 1, 1, 1)
    nll = likelihood.nll(outputs, images).flatten(1)
    assert (-nll).exp().sum(0) == pytest.approx(torch.ones(50).numpy(), abs=1e-6)
    assert nll.isfinite().all(1).nonzero().flatten().tolist() == values.int().tolist()


def test_with_256_levels_it_is_the_discretized_logistic() -> None:
    outputs, images = torch.randn(3, 2, 5, 5), torch.randint(0, 256, (3, 1, 5, 5)) / 255
    expected = discretized_logistic.nll(outputs, images)
    assert torch.allclose(FewLevels(256).nll(outputs, images), expected, rtol=1e-4)
