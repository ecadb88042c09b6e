"""Likelihood of grey images, and how latents are used."""

import numpy as np
import pytest
import torch

from aebench.evaluation.likelihood import kl_per_dimension, nll
from aebench.models.vae import VAE


@pytest.fixture
def vae() -> VAE:
    torch.manual_seed(0)
    dense = {"widths": [6], "unit": "tanh"}
    return VAE([1, 3, 3], latent=2, encoder=dense, decoder=dense)


def test_a_decoder_that_ignores_its_code_has_the_likelihood_of_independent_pixels(vae):
    for layer in vae.decoder.layers:
        torch.nn.init.zeros_(layer.weight)
        torch.nn.init.zeros_(layer.bias)
    # A posterior that is the prior: every importance weight is the same, however few samples.
    torch.nn.init.zeros_(vae.encoder.layers[-1].weight)
    torch.nn.init.zeros_(vae.encoder.layers[-1].bias)
    images = torch.randint(0, 256, (250, 1, 3, 3), dtype=torch.uint8)
    assert nll(vae, images, 3, "stochastic", seed=0) == pytest.approx(9 * np.log(2), rel=1e-5)
    assert kl_per_dimension(vae, images) == pytest.approx([0, 0], abs=1e-7)


def test_it_repeats_by_seed_and_leaves_the_generator_alone(vae):
    images = torch.randint(0, 256, (50, 1, 3, 3), dtype=torch.uint8)
    torch.manual_seed(1)
    first = nll(vae, images, 5, "stochastic", seed=0)
    drawn = torch.rand(1)
    torch.manual_seed(1)
    assert torch.rand(1) == drawn
    assert nll(vae, images, 5, "stochastic", seed=0) == first
    assert nll(vae, images, 5, "stochastic", seed=1) != first
