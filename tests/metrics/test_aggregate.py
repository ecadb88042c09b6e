import math

import pytest
import torch
from torch.distributions import MultivariateNormal, kl_divergence

from aebench.core.errors import InputError
from aebench.metrics.aggregate import gaussian_kl, marginal_kl
from aebench.metrics.latents import rate_distortion
from aebench.models import build
from aebench.models.vae import VAE

SHAPE = [1, 1, 2]
DENSE = {"widths": [6], "unit": "tanh"}
SPEC = {"name": "vae", "image_shape": SHAPE, "latent": 2, "encoder": DENSE, "decoder": DENSE}


def with_posteriors(scale: float, std: float, **hyperparameters) -> VAE:
    """Posterior N(scale x, std^2) for an image x of two pixels."""
    torch.manual_seed(0)
    model = build(SPEC | hyperparameters)
    log_var = 2 * math.log(std)
    model.posterior = lambda x: (scale * x.flatten(1), torch.full((len(x), 2), log_var))
    return model


def test_posteriors_that_make_up_the_prior_are_no_way_from_it() -> None:
    """Means from N(0, 1 - s^2), each with variance s^2: together N(0, 1), though each is narrow."""
    std = 0.5
    images = torch.randn(3000, *SHAPE, generator=torch.Generator().manual_seed(0))
    model = with_posteriors(math.sqrt(1 - std**2), std)
    found = marginal_kl(model, images, seed=0)
    assert found == pytest.approx(0, abs=0.05)
    assert rate_distortion(model, images, seed=0).rate > 1


def test_posteriors_that_are_all_alike_are_as_far_as_each_of_them() -> None:
    model = with_posteriors(0.0, 0.5)
    images = torch.rand(700, *SHAPE)
    each = rate_distortion(model, images, seed=0).rate
    assert marginal_kl(model, images, seed=0, samples=20) == pytest.approx(each, rel=0.02)


def test_posteriors_that_do_not_overlap_are_nearer_by_log_n() -> None:
    """The mutual information of image and latents can be no more than that, and here is that."""
    model = with_posteriors(50.0, 0.01)
    images = torch.arange(64.0).reshape(32, *SHAPE) / 64
    rate = rate_distortion(model, images, seed=0).rate
    found = marginal_kl(model, images, seed=0, samples=50)
    assert rate - found == pytest.approx(math.log(32), abs=0.15)


def test_under_a_vampprior_of_the_data_itself_nothing_is_left() -> None:
    images = torch.rand(8, *SHAPE)
    model = build(SPEC | {"prior": {"name": "vamp", "pseudo_inputs": 8}})
    with torch.no_grad():
        model.pseudo_inputs.logits.copy_(images.logit())
    assert marginal_kl(model, images, seed=0) == pytest.approx(0, abs=1e-4)


def test_a_posterior_without_a_density_is_named() -> None:
    flow = {"name": "iaf", "steps": 1, "widths": [4], "unit": "relu"}
    with pytest.raises(InputError, match="allowed: a model 'vae' with a Gaussian posterior"):
        marginal_kl(build(SPEC | {"flow": flow}), torch.rand(3, *SHAPE), seed=0)


@pytest.mark.parametrize("count", [12, 50])
def test_codes_are_as_far_as_the_gaussian_they_are_drawn_from(count: int) -> None:
    """However few they are: on average of many such sets."""
    torch.manual_seed(0)
    factor, mean = torch.randn(5, 5), torch.tensor([1.0, 0.0, -2.0, 0.5, 0.0])
    source = MultivariateNormal(mean, factor @ factor.T)
    prior = MultivariateNormal(torch.zeros(5), torch.eye(5))
    found = torch.tensor([gaussian_kl(source.sample((count,))) for _ in range(3000)])
    error = found.std() / 3000**0.5
    assert abs(found.mean() - kl_divergence(source, prior)) < 3 * error
    assert error < 0.02 * found.mean()


def test_codes_in_a_subspace_are_infinitely_far() -> None:
    torch.manual_seed(0)
    assert gaussian_kl(torch.ones(5, 2)) == math.inf
    assert gaussian_kl(torch.randn(100, 3) @ torch.randn(3, 5)) == math.inf
    # Too few to fill the space.
    assert gaussian_kl(torch.randn(10, 50)) == math.inf
