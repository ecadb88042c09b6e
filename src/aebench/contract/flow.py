"""The contract of flows of a posterior."""

import torch

from aebench.contract import common
from aebench.models.base import Flow

LATENT = 3


def check_shapes(section: Flow) -> None:
    """It gives the new z and log |dz'/dz| of each dimension."""
    flow = section.build(LATENT).eval()
    z, log_det = flow(torch.randn(2, 4, LATENT), torch.randn(4, LATENT))
    common.expect(z, (2, 4, LATENT), "z")
    common.expect(log_det, (2, 4, LATENT), "log |dz'/dz|")


def check_determinant(section: Flow) -> None:
    """The sum of log |dz'/dz| is the log determinant of the Jacobian."""
    flow = section.build(LATENT).double().eval()
    context = torch.randn(1, LATENT).double()
    for z in torch.randn(5, 1, LATENT).double():
        jacobian = torch.autograd.functional.jacobian(lambda z: flow(z, context)[0].sum(0), z)
        exact = torch.linalg.slogdet(jacobian.reshape(LATENT, LATENT)).logabsdet
        given = flow(z, context)[1].sum()
        assert abs(given - exact) < 1e-6, f"log |dz'/dz| is {given:.4f}; expected {exact:.4f}"


def check_gradients(section: Flow) -> None:
    """Finite gradients reach all parameters."""
    flow = section.build(LATENT).train()
    z, log_det = flow(torch.randn(8, LATENT), torch.randn(8, LATENT))
    common.gradients_reach_all(flow, (z * torch.randn_like(z)).sum() + log_det.sum())
