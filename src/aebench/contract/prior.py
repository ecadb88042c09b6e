"""The contract of priors: equal mixtures of Gaussians."""

from typing import Any

import torch
from torch import Tensor

from aebench.contract import common
from aebench.models.base import Prior

LATENT = 3


def _posterior(images: Tensor) -> tuple[Tensor, Tensor]:
    flat = images.flatten(1)
    return flat[:, :LATENT], flat[:, LATENT : 2 * LATENT] - 1


def check_components(section: Prior) -> None:
    """Its means and log variances are K x latent, finite, and the same each time."""
    prior: Any = section.build(LATENT, common.SMALL).eval()
    means, log_vars = prior.components(_posterior)
    assert means.ndim == 2 and means.shape[1] == LATENT, (
        f"means are {common.sizes(means.shape)}; expected K x {LATENT}"
    )
    common.expect(means, means.shape, "means")
    common.expect(log_vars, means.shape, "log variances")
    assert torch.equal(means, prior.components(_posterior)[0]), "the means differ each time"


def check_gradients(section: Prior) -> None:
    """Finite gradients reach all parameters."""
    prior: Any = section.build(LATENT, common.SMALL).train()
    means, log_vars = prior.components(_posterior)
    loss = (means * torch.randn_like(means)).sum() + (log_vars * torch.randn_like(means)).sum()
    common.gradients_reach_all(prior, loss)
