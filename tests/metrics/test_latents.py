import math

import pytest
import torch

from aebench.metrics.latents import active_units, collapsed, rate_distortion
from aebench.models.vae import VAE
from aebench.objectives.sections.elbo import Elbo

SHAPE = [1, 2, 3]


def vae(latent: int = 3) -> VAE:
    torch.manual_seed(0)
    dense = {"widths": [6], "unit": "tanh"}
    return VAE(SHAPE, latent, dense, dense)


def images(count: int = 1200) -> torch.Tensor:
    return torch.rand(count, *SHAPE, generator=torch.Generator().manual_seed(0)).round()


def collapse(model: VAE) -> VAE:
    """Its posterior is the prior, whatever the image."""
    for name in ("weight", "bias"):
        torch.nn.init.zeros_(getattr(model.encoder.layers[-1], name))
    return model


def test_a_unit_is_active_where_its_mean_varies() -> None:
    model = collapse(vae())
    model.posterior = lambda x: (x.flatten(1)[:, :3] * scale + 5, torch.zeros(len(x), 3))
    # A fair coin's variance is 1/4: of 0.19 times a coin it is 0.009, of 0.21 times one 0.011.
    scale = torch.tensor([0.19, 0.21, 1.0])
    assert active_units(model, images(50_000)) == 2


def test_a_collapsed_model_is_flagged_and_another_one_is_not() -> None:
    model = collapse(vae())
    found = rate_distortion(model, images(), seed=0)
    assert found.collapsed
    assert found.kl == [0.0, 0.0, 0.0]
    assert active_units(model, images()) == 0
    with torch.no_grad():
        model.encoder.layers[-1].bias[1] = 0.2
    found = rate_distortion(model, images(), seed=0)
    # One latent that says something, if only the same of every image.
    assert found.kl == pytest.approx([0, 0.02, 0], abs=1e-6)
    assert not found.collapsed
    assert collapsed([0.009, 0.0]) and not collapsed([0.009, 0.011])


def test_a_kl_weight_that_is_too_large_collapses_a_training() -> None:
    model, x = vae(), images()
    objective = Elbo(binarization="none", beta=50.0).build()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
    for _ in range(150):
        optimizer.zero_grad()
        objective(model, x, 0.0)["loss"].backward()
        optimizer.step()
    assert rate_distortion(model, x, seed=0).collapsed


def test_rate_and_distortion_are_the_two_parts_of_the_bound() -> None:
    model, x = vae(), images()
    found = rate_distortion(model, x, seed=0, samples=7)
    _, kl = model.elbo_terms(x)
    assert found.kl == pytest.approx(kl.mean(0).tolist(), rel=1e-5)
    assert found.rate == pytest.approx(kl.sum(1).mean().item(), rel=1e-5)
    torch.manual_seed(1)
    again = torch.stack([model.elbo(x) for _ in range(7)]).mean().item()
    assert found.elbo == pytest.approx(again, abs=0.02)


def test_a_decoder_that_ignores_its_code_distorts_by_a_bit_a_pixel() -> None:
    model = vae()
    for parameter in model.decoder.parameters():
        torch.nn.init.zeros_(parameter)
    assert rate_distortion(model, images(), seed=0).distortion == pytest.approx(6 * math.log(2))
