"""Each likelihood is a distribution of pixels, whatever the decoder says."""

import math

import pytest
import torch
from scipy import stats
from torch.distributions import ContinuousBernoulli

from aebench.core.errors import InputError
from aebench.models import build
from aebench.models.base import Likelihood
from aebench.models.likelihoods import (
    bernoulli,
    beta_binomial,
    continuous_bernoulli,
    discretized_logistic,
)
from aebench.models.vae import VAE

HIDDEN = {"widths": [6], "unit": "tanh"}
DISCRETE = {"discretized-logistic": discretized_logistic, "beta-binomial": beta_binomial}
EACH = pytest.mark.parametrize("name", ["bernoulli", "continuous-bernoulli", *DISCRETE])
LEVELS = torch.arange(256).reshape(-1, 1, 1, 1) / 255
# From the middle to where exponentials would overflow.
OUTPUTS = [0.0, -0.3, 2.0, -7.0, 40.0, -200.0]


@pytest.mark.parametrize("name", DISCRETE)
@pytest.mark.parametrize("first", OUTPUTS)
@pytest.mark.parametrize("second", OUTPUTS)
def test_the_probabilities_of_the_256_grey_values_sum_to_one(
    name: str, first: float, second: float
) -> None:
    outputs = torch.tensor([first, second]).reshape(2, 1, 1)
    log_probabilities = -DISCRETE[name].nll(outputs, LEVELS).double()
    assert torch.logsumexp(log_probabilities.flatten(), 0).item() == pytest.approx(0, abs=2e-5)


@pytest.mark.parametrize("logit", [0.0, 1e-6, -0.01, 0.49999, 0.50001, -3.0, 12.0, -30.0])
def test_the_continuous_bernoulli_integrates_to_one_and_has_this_mean(logit: float) -> None:
    x = torch.linspace(0, 1, 100_001, dtype=torch.float64).reshape(-1, 1, 1, 1)
    outputs = torch.full_like(x, logit)
    density = (-continuous_bernoulli.nll(outputs, x)).exp().flatten()
    assert torch.trapezoid(density, x.flatten()).item() == pytest.approx(1, abs=1e-6)
    first = torch.trapezoid(density * x.flatten(), x.flatten()).item()
    assert continuous_bernoulli.mean(outputs[0]).item() == pytest.approx(first, abs=1e-6)


def test_the_continuous_bernoulli_is_exact_around_one_half_in_single_precision() -> None:
    """Value and derivative against double precision, where the usual form divides 0 by 0."""
    logits = torch.cat([torch.linspace(-1, 1, 2001), torch.tensor([0.0, 1e-20, 80.0, -80.0])])
    single = logits.clone().requires_grad_()
    continuous_bernoulli.log_constant(single).sum().backward()
    # Taylor's series of log C, whose derivative is 1/l - 1/sinh(l).
    exact = logits.double()
    near = exact.abs() < 1e-3
    slope = torch.where(near, exact / 6, 1 / exact - 1 / exact.sinh())
    torch.testing.assert_close(single.grad.double(), slope, rtol=1e-4, atol=1e-7)
    value = continuous_bernoulli.log_constant(logits).double()
    expected = torch.where(near, math.log(2) + exact**2 / 12, (exact / (exact / 2).tanh()).log())
    torch.testing.assert_close(value, expected, rtol=1e-6, atol=1e-7)


def test_known_implementations_agree() -> None:
    torch.manual_seed(0)
    images, outputs = torch.rand(5, 1, 2, 3), 3 * torch.randn(5, 1, 2, 3)
    theirs = -ContinuousBernoulli(logits=outputs).log_prob(images)
    ours = continuous_bernoulli.nll(outputs, images)
    torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-4)

    levels, outputs = torch.randint(256, (5, 1, 2, 3)), torch.randn(5, 2, 2, 3)
    a, b = (part.exp().numpy() for part in outputs.chunk(2, dim=1))
    expected = torch.from_numpy(-stats.betabinom.logpmf(levels.numpy(), 255, a, b))
    ours = beta_binomial.nll(outputs, levels / 255).double()
    torch.testing.assert_close(ours, expected, rtol=1e-4, atol=1e-4)


def test_a_grey_value_has_the_logistic_mass_between_the_midpoints() -> None:
    outputs = torch.tensor([-0.1, 0.5]).reshape(2, 1, 1)
    location, scale = 0.4, math.exp(-1.5)
    for level, lower, upper in [(0, -math.inf, 0.5), (100, 99.5, 100.5), (255, 254.5, math.inf)]:
        mass = stats.logistic.cdf(upper / 255, location, scale)
        mass -= stats.logistic.cdf(lower / 255, location, scale)
        nll = discretized_logistic.nll(outputs, torch.full((1, 1, 1), level / 255))
        assert nll.item() == pytest.approx(-math.log(mass), rel=1e-5)


@EACH
def test_a_decoder_has_a_map_for_each_parameter_and_images_keep_their_shape(name: str) -> None:
    torch.manual_seed(0)
    decoder = {"net": "conv", "channels": [4], "unit": "tanh"}
    model = VAE([3, 5, 4], 2, HIDDEN, decoder, likelihood=name)
    images = torch.randint(256, (6, 3, 5, 4)) / 255
    likelihood = Likelihood.member(name).build()
    maps = 3 * likelihood.maps
    assert model.decode_logits(torch.randn(7, 6, 2)).shape == (7, 6, maps, 5, 4)
    shown = model.decode(3 * torch.randn(7, 6, 2))
    assert shown.shape == (7, 6, 3, 5, 4)
    assert shown.min() >= 0 and shown.max() <= 1
    assert model.log_likelihood(images, 3).shape == (6,)
    # Channels do not mix: the parameters of one channel are about that channel.
    z = torch.randn(6, 2)
    outputs = model.decode_logits(z)
    channel = outputs.unflatten(1, (-1, 3))[:, :, 1].flatten(1, 1)
    of_one = likelihood.nll(channel, images[:, 1:2])
    torch.testing.assert_close(likelihood.nll(outputs, images)[:, 1:2], of_one)


@EACH
def test_gradients_are_finite_and_those_of_finite_differences(name: str) -> None:
    module = Likelihood.member(name).build()
    images = torch.tensor([0, 1, 128, 254, 255]).reshape(-1, 1, 1, 1).double() / 255
    torch.manual_seed(0)
    outputs = torch.randn(5, module.maps, 1, 1).double().requires_grad_()
    assert torch.autograd.gradcheck(lambda o: module.nll(o, images), outputs)
    for value in OUTPUTS:
        extreme = torch.full((5, module.maps, 1, 1), value, requires_grad=True)
        module.nll(extreme, images.float()).sum().backward()
        assert extreme.grad.isfinite().all()


@pytest.mark.parametrize("pixels", [784, 97])
def test_an_image_is_as_likely_as_its_pixels_together(pixels: int) -> None:
    torch.manual_seed(0)
    logits = (10 * torch.randn(3, 5, 1, 1, pixels)).requires_grad_()
    with torch.no_grad():
        logits[0, 0] = torch.tensor([200.0, 0.0]).repeat(pixels)[:pixels]
    images = torch.rand(5, 1, 1, pixels)
    images[::2] = images[::2].round()
    of_pixels = bernoulli.nll(logits.double(), images.double()).flatten(-3).sum(-1)
    of_images = bernoulli.image_nll(logits, images)
    torch.testing.assert_close(of_images.double(), of_pixels, rtol=1e-6, atol=1e-4)
    weights = torch.randn(3, 5)
    ours, theirs = (
        torch.autograd.grad((weights * nll).sum(), logits)[0] for nll in (of_images, of_pixels)
    )
    torch.testing.assert_close(ours, theirs)


def test_the_loss_of_an_image_can_be_differentiated_twice() -> None:
    torch.manual_seed(0)
    logits, images = torch.randn(2, 1, 1, 4).double().requires_grad_(), torch.rand(2, 1, 1, 4)
    assert torch.autograd.gradgradcheck(lambda o: bernoulli.image_nll(o, images.double()), logits)


def test_an_unknown_likelihood_is_named_in_one_line() -> None:
    spec = {"name": "vae", "image_shape": [1, 2, 2], "latent": 1, "likelihood": "poisson"}
    with pytest.raises(InputError, match=r"likelihood: unknown name 'poisson'.*beta-binomial"):
        build(spec | {"encoder": HIDDEN, "decoder": HIDDEN})
