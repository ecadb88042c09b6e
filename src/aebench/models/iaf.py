"""Inverse autoregressive flow (Kingma et al. 2016), for posteriors beyond the Gaussian."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aebench.models.sections.vae import IAF
from aebench.nets.masked import MADE

# Gates start nearly open, so that a new flow hardly changes its input (ibid., sec. 4).
GATE_BIAS = 1.5


class InverseAutoregressiveFlow(nn.Module):
    """z <- sigmoid(s) z + (1 - sigmoid(s)) m, `steps` times, s_d and m_d from z_1 ... z_(d-1).

    ibid., eqs. 13 and 14 (algorithm 1); every other step takes the latents in reverse order.
    """

    def __init__(self, latent: int, config: IAF):
        super().__init__()
        self.steps = nn.ModuleList(
            MADE(latent, latent, config.widths, config.unit, outputs=2) for _ in range(config.steps)
        )

    def forward(self, z: Tensor, context: Tensor) -> tuple[Tensor, Tensor]:
        """... x N x D and N x D -> the new z, and log |dz'/dz| as D terms: ... x N x D each.

        The terms sum to the log of the Jacobian's determinant.
        """
        log_det = torch.zeros_like(z)
        for i, step in enumerate(self.steps):
            backwards = i % 2 == 1
            shift, gate = step(z.flip(-1) if backwards else z, context)
            if backwards:
                shift, gate = shift.flip(-1), gate.flip(-1)
            gate = gate.to(z.dtype) + GATE_BIAS
            z = torch.lerp(shift.to(z.dtype), z, gate.sigmoid())
            log_det = log_det + F.logsigmoid(gate)
        return z, log_det
