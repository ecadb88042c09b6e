import itertools
import math
from types import SimpleNamespace
from unittest.mock import patch

import pytest
import torch
from torch.distributions import MultivariateNormal, Normal

from aebench.data.pixels import binarize
from aebench.metrics.importance import (
    Likelihood,
    bits_per_pixel,
    effective_samples,
    log_likelihood,
)
from aebench.models.conditional import ConditionalVAE
from aebench.models.vae import VAE

SHAPE, PIXELS, NOISE = [1, 2, 3], 6, 0.3


def grey(count: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.randint(256, (count, *SHAPE), generator=generator, dtype=torch.uint8)


def vae() -> VAE:
    torch.manual_seed(0)
    dense = {"widths": [6], "unit": "tanh"}
    return VAE(SHAPE, 2, dense, dense)


def gaussian_nll(outputs: torch.Tensor, images: torch.Tensor) -> torch.Tensor:
    return -Normal(outputs, NOISE).log_prob(images)


class GaussianPixels(VAE):
    likelihood = SimpleNamespace(nll=gaussian_nll)


def linear_gaussian(wider: float = 1.0) -> tuple[VAE, MultivariateNormal]:
    """p(x|z) = N(W z + b, NOISE^2 I), whose posterior and marginal are known, and its marginal.

    The columns of W are orthogonal, so that the true posterior's latents are independent, as the
    encoder's are; its standard deviation is `wider` than the true one's.
    """
    torch.manual_seed(0)
    matrix = torch.linalg.qr(torch.randn(PIXELS, 2)).Q * torch.tensor([0.3, 0.8])
    offset = torch.full((PIXELS,), 0.5)
    encoder, decoder = ({"widths": [width], "unit": "linear"} for width in (6, 2))
    model = GaussianPixels(SHAPE, 2, encoder, decoder)
    variance = 1 / (1 + matrix.square().sum(0) / NOISE**2)
    to_mean = variance[:, None] * matrix.T / NOISE**2
    layers = [
        (model.encoder.layers[0], torch.eye(PIXELS), torch.zeros(PIXELS)),
        (
            model.encoder.layers[1],
            torch.cat([to_mean, torch.zeros(2, PIXELS)]),
            torch.cat([-to_mean @ offset, variance.log() + 2 * math.log(wider)]),
        ),
        (model.decoder.layers[0], torch.eye(2), torch.zeros(2)),
        (model.decoder.layers[1], matrix, offset),
    ]
    with torch.no_grad():
        for layer, weight, bias in layers:
            layer.weight.copy_(weight)
            layer.bias.copy_(bias)
    covariance = matrix @ matrix.T + NOISE**2 * torch.eye(PIXELS)
    return model, MultivariateNormal(offset, covariance)


@pytest.mark.parametrize("samples", [1, 7])
def test_from_the_true_posterior_any_number_of_samples_gives_the_exact_marginal(
    samples: int,
) -> None:
    model, exact = linear_gaussian()
    found = log_likelihood(model, grey(50), samples, "none", seed=0)
    expected = exact.log_prob(grey(50).flatten(1) / 255).double()
    torch.testing.assert_close(found.of_each, expected, rtol=0, atol=1e-4)
    assert found.nll == pytest.approx(-expected.mean().item(), abs=1e-5)


def test_from_another_posterior_the_bound_rises_to_the_exact_marginal() -> None:
    model, exact = linear_gaussian(wider=2.0)
    images = grey(300)
    expected = -exact.log_prob(images.flatten(1) / 255).mean().item()
    few, many = (log_likelihood(model, images, k, "none", seed=0).nll for k in (2, 3000))
    assert expected + 0.1 < few
    assert many == pytest.approx(expected, abs=0.005)


def test_all_samples_of_the_true_posterior_count_and_a_known_share_of_wider_ones() -> None:
    model, _ = linear_gaussian()
    assert effective_samples(model, grey(5), 50, "none", seed=0) == pytest.approx(50, rel=1e-3)
    # E_q[(p / q)^2] of N(0, 1) by N(0, s^2) is s^2 / sqrt(2 s^2 - 1); there are two latents.
    wider, _ = linear_gaussian(wider=2.0)
    share = effective_samples(wider, grey(21), 20_000, "none", seed=0) / 20_000
    assert share == pytest.approx(7 / 16, rel=0.02)


@pytest.mark.parametrize("samples", [1, 7, 23])
@pytest.mark.parametrize("at_once", [1, 5, 16, 100, 10_000])
def test_any_number_of_samples_is_exact_and_memory_is_bounded(samples: int, at_once: int) -> None:
    """Where one image's samples are too many at once, and where all images are."""
    model, images = vae(), grey(11)
    with (
        patch.object(model, "decode_logits", wraps=model.decode_logits) as decode,
        patch.object(model, "posterior", wraps=model.posterior) as encode,
    ):
        found = log_likelihood(model, images, samples, "stochastic", 0, at_once)
    decoded = [call.args[0].shape[:-1].numel() for call in decode.call_args_list]
    assert sum(decoded) == samples * len(images)
    assert max(decoded) <= at_once
    assert sum(len(call.args[0]) for call in encode.call_args_list) == len(images)
    assert found.of_each.shape == (11,) and found.samples == samples
    assert not found.of_each.requires_grad


def test_chunks_change_the_draws_and_not_what_they_estimate() -> None:
    model, images = vae(), grey(40)
    whole, parts = (
        log_likelihood(model, images, 2000, "fixed", 0, at_once).of_each
        for at_once in (100_000, 333)
    )
    torch.testing.assert_close(whole, parts, rtol=0, atol=0.05)
    torch.manual_seed(0)
    reference = model.log_likelihood(torch.bernoulli(torch.zeros(1, *SHAPE)), 5000)
    black = torch.zeros(1, *SHAPE, dtype=torch.uint8)
    ours = log_likelihood(model, black, 5000, "stochastic", 0).of_each
    torch.testing.assert_close(ours, reference.double(), rtol=0, atol=0.05)


def test_a_decoder_that_ignores_its_code_has_the_likelihood_of_independent_pixels() -> None:
    model = vae()
    # A posterior that is the prior: every importance weight is the same, however few samples.
    for parameter in (*model.decoder.parameters(), *model.encoder.layers[-1].parameters()):
        torch.nn.init.zeros_(parameter)
    found = log_likelihood(model, grey(250), 3, "stochastic", seed=0)
    assert found.nll == pytest.approx(PIXELS * math.log(2), rel=1e-5)


def test_it_repeats_by_seed_and_leaves_the_generator_alone() -> None:
    model, images = vae(), grey(30)
    torch.manual_seed(1)
    before = torch.get_rng_state()
    first = log_likelihood(model, images, 5, "stochastic", seed=0).of_each
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(log_likelihood(model, images, 5, "stochastic", seed=0).of_each, first)
    assert not torch.equal(log_likelihood(model, images, 5, "stochastic", seed=1).of_each, first)


def test_in_bf16_it_is_the_likelihood_of_the_rounded_model() -> None:
    """The probabilities of all images there are sum to one, a little different ones."""
    model = vae()
    with torch.no_grad():
        for parameter in model.decoder.parameters():
            parameter.mul_(3)
        model.encoder.layers[-1].bias[2:] += 1.5
    rows = torch.tensor(list(itertools.product([0, 255], repeat=PIXELS)), dtype=torch.uint8)
    images = rows.reshape(-1, *SHAPE)
    single, rounded = (
        log_likelihood(model, images, 10_000, "none", 0, precision=precision).of_each
        for precision in ("fp32", "bf16")
    )
    assert 0 < (single - rounded).abs().max() < 0.05
    assert single.exp().sum().item() == pytest.approx(1, abs=0.01)
    assert rounded.exp().sum().item() == pytest.approx(1, abs=0.01)


def test_a_conditional_model_is_asked_for_each_image_with_its_label() -> None:
    torch.manual_seed(0)
    dense = {"widths": [6], "unit": "tanh"}
    model = ConditionalVAE(SHAPE, 3, 2, dense, dense)
    images, labels = grey(11), torch.arange(11) % 3
    found = log_likelihood(model, images, 3000, "fixed", 0, batch_size=6000, labels=labels)
    torch.manual_seed(0)
    targets = binarize(images, "fixed")
    expected = model.given(labels).log_likelihood(targets, 3000).double()
    torch.testing.assert_close(found.of_each, expected, rtol=0, atol=0.05)
    others = model.given((labels + 1) % 3).log_likelihood(targets, 3000).double()
    assert (found.of_each - others).abs().max() > 0.1


def test_the_standard_error_is_that_of_the_mean_over_images() -> None:
    found = Likelihood(torch.tensor([-1.0, -2.0, -3.0, -6.0]).double(), 10)
    assert found.nll == 3.0
    assert found.nll_stderr == pytest.approx(math.sqrt(14 / 3 / 4))


def test_uniform_grey_values_cost_eight_bits_a_pixel() -> None:
    images = grey(3)
    assert bits_per_pixel(PIXELS * math.log(256), images) == pytest.approx(8)
