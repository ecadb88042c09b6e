"""What holds for every model with latent variables, whatever its prior and posterior."""

import itertools
from unittest.mock import patch

import pytest
import torch

from aebench.objectives.sections.elbo import Elbo
from aebench.objectives.sections.iwae import Iwae


def all_binary_images(pixels: int) -> torch.Tensor:
    rows = list(itertools.product([0.0, 1.0], repeat=pixels))
    return torch.tensor(rows).reshape(-1, 1, 1, pixels)


def test_the_probabilities_of_all_images_sum_to_one(member: str, make) -> None:
    """They do only where prior and posterior are the densities that draws are made from."""
    model = make(member, [1, 1, 4])
    torch.manual_seed(1)
    total = model.log_likelihood(all_binary_images(4), samples=20_000).double().exp().sum()
    assert total.item() == pytest.approx(1, abs=0.02)


def test_the_probability_of_an_image_is_its_share_of_what_the_prior_draws(
    member: str, make
) -> None:
    model = make(member, [1, 1, 3])
    images = all_binary_images(3)
    torch.manual_seed(1)
    with torch.no_grad():
        pixels = model.sample(100_000).flatten(1).double()
    x = images.flatten(1).double()
    drawn = (pixels[:, None] * x + (1 - pixels[:, None]) * (1 - x)).prod(-1).mean(0)
    estimate = model.log_likelihood(images, samples=100_000).double().exp()
    torch.testing.assert_close(estimate, drawn, rtol=0.03, atol=0)


def test_the_bound_is_the_mean_log_weight_and_rises_with_samples(member: str, make) -> None:
    model = make(member, [1, 2, 3])
    images = torch.rand(4, 1, 2, 3).round()
    torch.manual_seed(1)
    with torch.no_grad():
        weights = model.log_weights(images, 50_000)
        given, kl = model.elbo_terms(images, 50_000)
    error = weights.std(0) / 50_000**0.5
    # Both are estimates, one with a closed form in it.
    assert ((weights.mean(0) - (given - kl.sum(1))).abs() < 6 * error).all()
    means = [
        torch.logsumexp(weights.reshape(k, -1, 4), 0).mean() - torch.tensor(k).log()
        for k in (1, 5, 50, 5000)
    ]
    assert means == sorted(means)


def test_images_of_other_shapes_and_likelihoods(member: str, make) -> None:
    model = make(member, [3, 5, 4], likelihood="discretized-logistic")
    images = torch.randint(256, (6, 3, 5, 4)) / 255
    codes = model.encode(images)
    assert model.decode(codes).shape == model.sample(6).shape == images.shape
    assert model.reconstruct(images).shape == images.shape
    assert model.log_weights(images, 7).shape == (7, 6)
    given, kl = model.elbo_terms(images, 7)
    assert given.shape == (6,) and kl.shape[0] == 6
    assert model.elbo(images).shape == model.log_likelihood(images, 7).shape == (6,)


class Loss(torch.nn.Module):
    def __init__(self, objective, trainable):
        super().__init__()
        self.objective, self.trainable = objective, trainable

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        return self.objective(self.trainable, batch, epoch=0.0)["loss"]


@pytest.mark.parametrize("objective", [Elbo, Iwae])
def test_gradients_are_those_of_finite_differences(
    objective, member: str, make, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Likelihoods are computed in float32 on purpose; here that would drown the differences.
    monkeypatch.setattr(torch.Tensor, "float", torch.Tensor.double)
    trainable = make(member, [1, 2, 2]).double()
    loss = Loss(objective(binarization="none", samples=2).build(), trainable)
    names = [name for name, _ in loss.named_parameters()]
    batch = torch.rand(3, 1, 2, 2, dtype=torch.float64)

    def value(*parameters: torch.Tensor) -> torch.Tensor:
        torch.manual_seed(1)
        return torch.func.functional_call(loss, dict(zip(names, parameters, strict=True)), (batch,))

    assert torch.autograd.gradcheck(value, tuple(loss.parameters()), fast_mode=True)


def test_bf16_leaves_likelihoods_in_single_precision(member: str, make) -> None:
    model, images = make(member, [1, 4, 4]), torch.rand(50, 1, 4, 4).round()
    torch.manual_seed(1)
    full = model.log_weights(images, 20)
    torch.manual_seed(1)
    with torch.autocast("cpu", torch.bfloat16):
        mixed = model.log_weights(images, 20)
        assert model.elbo_terms(images)[0].dtype == torch.float32
    assert mixed.dtype == torch.float32
    torch.testing.assert_close(mixed.mean(), full.mean(), rtol=0.01, atol=0)


def test_a_prior_that_is_held_gives_the_same_weights_and_is_let_go(member: str, make) -> None:
    model, images = make(member, [1, 2, 3]), torch.rand(4, 1, 2, 3).round()

    def weights() -> torch.Tensor:
        torch.manual_seed(1)
        return model.log_weights(images, 5)

    free = weights()
    counted = patch.object(model, "components", wraps=model.components)
    with counted as components, model.prior_held():
        torch.testing.assert_close(weights(), free)
        torch.testing.assert_close(weights(), free)
    if "vamp" in member:
        components.assert_called_once()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(1)
    changed = weights()
    with model.prior_held():
        torch.testing.assert_close(weights(), changed)
