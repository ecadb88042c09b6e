"""The contract of likelihoods of pixels."""

from typing import Any

import torch

from aebench.contract import common
from aebench.models.base import Likelihood

LEVELS = 256
SCALES = (0.0, 0.5, 2.0, 6.0)


def check_shapes(section: Likelihood) -> None:
    """-log p has a value for each pixel, and the mean image is in [0, 1]."""
    likelihood = section.build()
    for shape, what in common.each_shape():
        if section.channels not in (None, shape[0]):
            continue
        images = common.images(3, shape)
        images = images if likelihood.grey else images.round()
        outputs = torch.randn(3, likelihood.maps * shape[0], *shape[1:])
        common.expect(likelihood.nll(outputs, images), (3, *shape), what)
        mean = likelihood.mean(outputs)
        common.expect(mean, (3, *shape), f"mean, {what}")
        assert mean.min() >= 0 and mean.max() <= 1, "the mean leaves [0, 1]"


def check_sum(section: Likelihood) -> None:
    """It sums or integrates to 1 over the values of a channel of a pixel, given those before."""
    likelihood, channels = section.build(), section.channels or 1
    for scale in SCALES:
        outputs = scale * torch.randn(20, likelihood.maps * channels, 1, 1).double()
        if not likelihood.grey:
            total = _probability(likelihood, outputs, torch.tensor([0.0, 1.0])).sum(0)
            _expect_one(total, "p(0) + p(1)")
            continue
        levels = torch.arange(LEVELS).double() / (LEVELS - 1)
        total = _probability(likelihood, outputs, levels).sum(0)
        if (total - 1).abs().max() < 1e-3:
            continue
        grid = torch.linspace(0, 1, 20_001).double()
        density = _probability(likelihood, outputs, grid)
        integral = torch.trapezoid(density, grid, dim=0)
        worst = (integral - 1).abs().max().item()
        assert worst < 1e-3, (
            f"over {LEVELS} grey values it sums to {_farthest(total):.4f}, and as a density it "
            f"integrates to {_farthest(integral):.4f}; expected 1 of one of them"
        )


def check_gradients(section: Likelihood) -> None:
    """Finite gradients reach all its parameters."""
    likelihood = section.build()
    channels = section.channels or 1
    images = common.images(8, (channels, 5, 5))
    images = images if likelihood.grey else images.round()
    outputs = torch.randn(8, likelihood.maps * channels, 5, 5, requires_grad=True)
    (gradient,) = torch.autograd.grad(likelihood.nll(outputs, images).sum(), outputs)
    common.finite(gradient, "gradient")
    assert gradient.flatten(2).any(2).any(0).all(), "a map gets no gradient"


def _probability(likelihood: Any, outputs: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
    """p of each value of each channel, values x (N channels); other channels have any value."""
    channels = outputs.shape[1] // likelihood.maps
    each = values.to(outputs.dtype).repeat_interleave(len(outputs))
    # A grey value of both 256 values and [0, 1].
    others = torch.full((len(each), channels, 1, 1), 51 / 255, dtype=outputs.dtype)
    probabilities = []
    for channel in range(channels):
        images = others.clone()
        images[:, channel, 0, 0] = each
        nll = likelihood.nll(outputs.repeat(len(values), 1, 1, 1), images)[:, channel]
        probabilities.append((-nll).exp().reshape(len(values), len(outputs)))
    return torch.cat(probabilities, dim=1)


def _expect_one(total: torch.Tensor, what: str) -> None:
    worst = (total - 1).abs().max().item()
    assert worst < 1e-3, f"{what} is {_farthest(total):.4f}; expected 1"


def _farthest(total: torch.Tensor) -> float:
    return total.flatten()[(total - 1).abs().argmax()].item()
