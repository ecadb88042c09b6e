import math

import torch
from torch.distributions import Categorical, Independent, MixtureSameFamily, Normal

from aebench.models.gaussians import log_density, log_mixture


def test_a_density_of_each_dimension() -> None:
    torch.manual_seed(0)
    z, mean, log_var = torch.randn(5, 4, 3), torch.randn(4, 3), torch.randn(4, 3)
    expected = Normal(mean, (0.5 * log_var).exp()).log_prob(z)
    torch.testing.assert_close(log_density(z, mean, log_var), expected)


def test_a_mixture_of_narrow_gaussians_far_from_the_origin() -> None:
    """Where single precision would lose what is left of large squares."""
    torch.manual_seed(0)
    means = 30 + torch.randn(6, 3).double()
    log_vars = torch.randn(6, 3).double() - 2 * math.log(100)
    z = means + torch.randn(4, 6, 3).double() / 100
    parts = Independent(Normal(means, (0.5 * log_vars).exp()), 1)
    expected = MixtureSameFamily(Categorical(torch.ones(6)), parts).log_prob(z)
    torch.testing.assert_close(log_mixture(z, means, log_vars), expected)
    with torch.autocast("cpu", torch.bfloat16):
        single = log_mixture(z.float(), means.float(), log_vars.float())
    assert single.dtype == torch.float32
    torch.testing.assert_close(single.double(), expected, rtol=0.02, atol=0.02)
