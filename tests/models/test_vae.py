import itertools
import math
from unittest.mock import patch

import pytest
import torch
from torch.distributions import Normal, kl_divergence

from aebench.models.vae import VAE, kl_to_standard_normal

HIDDEN = {"widths": [8], "unit": "tanh"}
SHAPES = pytest.mark.parametrize("shape", [[1, 6, 6], [3, 5, 4], [1, 1, 7]])


def vae(shape: list[int], latent: int, gain: float = 1.0) -> VAE:
    """A net whose decoder is steeper than a fresh one by `gain`, so that the latents matter.

    Its posteriors are wider than the prior, so that importance weights are bounded.
    """
    torch.manual_seed(0)
    model = VAE(shape, latent, HIDDEN, HIDDEN)
    with torch.no_grad():
        for parameter in model.decoder.parameters():
            parameter.mul_(gain)
        model.encoder.layers[-1].bias[latent:] += 1.0
    return model


def all_binary_images(pixels: int) -> torch.Tensor:
    rows = list(itertools.product([0.0, 1.0], repeat=pixels))
    return torch.tensor(rows).reshape(-1, 1, 1, pixels)


def marginal(model: VAE, images: torch.Tensor) -> torch.Tensor:
    """log p(x) by the trapezoidal rule over the latent square [-8, 8]^d, d = 1 or 2."""
    points = 4001 if model.latent == 1 else 241
    axis = torch.linspace(-8, 8, points)
    z = torch.cartesian_prod(*[axis] * model.latent).reshape(-1, 1, model.latent)
    log_prior = Normal(0.0, 1.0).log_prob(z).sum(-1)
    with torch.no_grad():
        given = model.log_likelihood_given(images, z.expand(-1, len(images), -1))
    cell = model.latent * math.log(16 / (points - 1))
    return torch.logsumexp((given + log_prior).double(), dim=0) + cell


@SHAPES
def test_images_to_codes_and_back(shape: list[int]) -> None:
    model = vae(shape, latent=2)
    images = torch.rand(5, *shape)
    assert model.encode(images).shape == (5, 2)
    assert model.decode(torch.zeros(4, 2)).shape == (4, *shape)
    assert model.reconstruct(images).shape == images.shape
    assert torch.equal(model(images), model.reconstruct(images))
    samples = model.sample(3)
    assert samples.shape == (3, *shape)
    assert samples.min() >= 0 and samples.max() <= 1
    assert model.elbo(images).shape == (5,)
    assert model.log_likelihood(images, samples=4).shape == (5,)


def test_the_code_is_the_mean_of_the_posterior() -> None:
    model = vae([1, 2, 2], 3)
    images = torch.rand(5, 1, 2, 2)
    both = model.encoder(images.flatten(1))
    mean, log_var = model.posterior(images)
    assert torch.equal(torch.cat([mean, log_var], 1), both)
    assert torch.equal(model.encode(images), mean)


@pytest.mark.parametrize(("mean", "log_var"), [(0.0, 0.0), (1.5, -2.0), (-0.5, 1.0), (3.0, 0.3)])
def test_kl_in_closed_form_is_what_sampling_gives(mean: float, log_var: float) -> None:
    q, p = Normal(mean, math.exp(0.5 * log_var)), Normal(0.0, 1.0)
    closed = kl_to_standard_normal(torch.tensor(mean), torch.tensor(log_var))
    torch.testing.assert_close(closed, kl_divergence(q, p))
    torch.manual_seed(0)
    z = q.sample((200_000,))
    drawn = q.log_prob(z) - p.log_prob(z)
    error = drawn.std() / len(drawn) ** 0.5
    assert abs(drawn.mean() - closed) <= 4 * error + 1e-6


def test_the_probabilities_of_all_images_sum_to_one_for_each_latent() -> None:
    model = vae([1, 1, 6], 2, gain=3.0)
    images = all_binary_images(6)
    z = torch.randn(5, 1, 2).expand(-1, 64, -1)
    total = torch.logsumexp(model.log_likelihood_given(images, z), dim=1)
    torch.testing.assert_close(total, torch.zeros(5), rtol=0, atol=1e-5)


@pytest.mark.parametrize("latent", [1, 2])
def test_the_importance_weighted_bound_meets_the_exact_marginal(latent: int) -> None:
    model = vae([1, 1, 4], latent, gain=3.0)
    images = all_binary_images(4)
    exact = marginal(model, images)
    # That quadrature is exact shows in the sum over all images there are.
    assert torch.logsumexp(exact, 0).item() == pytest.approx(0.0, abs=1e-4)
    torch.manual_seed(1)
    estimate = model.log_likelihood(images, samples=100_000)
    torch.testing.assert_close(estimate.double(), exact, rtol=0, atol=0.025)


def test_the_bound_rises_from_the_elbo_to_the_marginal() -> None:
    model = vae([1, 1, 4], 1, gain=3.0)
    images = all_binary_images(4)
    exact = marginal(model, images).mean().item()
    torch.manual_seed(0)
    repeated = images.repeat_interleave(500, dim=0)
    elbo = model.elbo(repeated).mean().item()
    one, five, fifty = (model.log_likelihood(repeated, k).mean().item() for k in (1, 5, 50))
    assert one == pytest.approx(elbo, abs=0.05)
    assert elbo < five < fifty < exact + 0.01


def test_the_elbo_falls_short_by_the_divergence_from_the_true_posterior() -> None:
    """log p(x) - elbo = KL(q(z|x) || p(z|x)), by the trapezoidal rule over one latent."""
    model = vae([1, 1, 4], 1, gain=3.0)
    images = all_binary_images(4)
    exact = marginal(model, images)
    z = torch.linspace(-12, 12, 4001).reshape(-1, 1, 1)
    with torch.no_grad():
        mean, log_var = model.posterior(images)
        log_q = Normal(mean, (0.5 * log_var).exp()).log_prob(z).sum(-1)
        given = model.log_likelihood_given(images, z.expand(-1, len(images), -1))
    log_true = given + Normal(0.0, 1.0).log_prob(z).sum(-1) - exact
    divergence = (log_q.exp() * (log_q - log_true)).sum(0) * 24 / 4000
    torch.manual_seed(0)
    elbo = model.elbo(images.repeat(20_000, 1, 1, 1)).reshape(20_000, -1)
    error = elbo.std(0) / 20_000**0.5
    assert ((exact - divergence - elbo.mean(0)).abs() < 4 * error).all()


@pytest.mark.parametrize("samples", [1, 7, 10, 64])
@pytest.mark.parametrize("at_once", [1, 16, 48, 10_000])
def test_exactly_as_many_samples_are_decoded_as_are_asked_for(samples: int, at_once: int) -> None:
    model = vae([1, 1, 4], 2, gain=3.0)
    images = all_binary_images(4)
    torch.manual_seed(0)
    whole = model.log_likelihood(images, samples)
    torch.manual_seed(0)
    with patch.object(model, "decode_logits", wraps=model.decode_logits) as decode:
        parts = model.log_likelihood(images, samples, at_once)
    decoded = [call.args[0].shape[:-1].numel() for call in decode.call_args_list]
    assert sum(decoded) == samples * len(images)
    assert max(decoded) <= max(at_once, len(images))
    # randn of 16 numbers and more is drawn in blocks, so chunks repeat the draws of the whole.
    torch.testing.assert_close(parts, whole)


def test_likelihood_and_bound_leave_no_gradient() -> None:
    model = vae([1, 2, 2], 2)
    images = torch.rand(3, 1, 2, 2)
    assert not model.elbo(images).requires_grad
    assert not model.log_likelihood(images, 3).requires_grad
    assert model.elbo_terms(images)[0].requires_grad


def test_dense_nets_are_the_layers_that_saved_models_name() -> None:
    model = vae([1, 2, 2], 3)
    layers = [f"layers.{i}.{kind}" for i in (0, 1) for kind in ("weight", "bias")]
    names = [f"{half}.{layer}" for half in ("encoder", "decoder") for layer in layers]
    assert list(model.state_dict()) == names


@pytest.mark.parametrize(
    "decoder",
    [
        HIDDEN | {"batch_norm": True},
        {"net": "conv", "channels": [4], "unit": "tanh"},
        {"net": "inception", "channels": [16], "unit": "tanh"},
    ],
    ids=["dense", "conv", "inception"],
)
def test_any_decoder_takes_latents_with_any_number_of_dimensions_before(decoder: dict) -> None:
    model = VAE([3, 5, 4], 2, HIDDEN, decoder).eval()
    z = torch.randn(6, 7, 2)
    logits = model.decode_logits(z)
    assert logits.shape == (6, 7, 3, 5, 4)
    for k in range(6):
        torch.testing.assert_close(logits[k], model.decoder(z[k]))
    assert model.log_likelihood(torch.rand(7, 3, 5, 4), samples=6).shape == (7,)


def test_draws_have_the_moments_that_the_encoder_gives_and_their_densities_ratio() -> None:
    model = vae([1, 2, 3], 3)
    images = torch.rand(4, 1, 2, 3)
    with torch.no_grad():
        mean, log_var = posterior = model.posterior(images)
        torch.manual_seed(0)
        z, ratio = model.draw(posterior, 200_000)
    std = (0.5 * log_var).exp()
    assert ((z.mean(0) - mean).abs() < 5 * std / 200_000**0.5).all()
    torch.testing.assert_close(z.std(0), std, rtol=0.01, atol=0)
    expected = Normal(0.0, 1.0).log_prob(z) - Normal(mean, std).log_prob(z)
    torch.testing.assert_close(ratio, expected.sum(-1), rtol=1e-4, atol=1e-4)
