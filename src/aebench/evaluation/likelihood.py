"""What a VAE makes of images: importance-sampled likelihood, and the use of its latents."""

import torch
from torch import Tensor

from aebench.data.pixels import binarize, in_chunks, to_float
from aebench.models.vae import VAE, kl_to_standard_normal
from aebench.objectives.config import Binarization
from aebench.seeding import seeded


def nll(model: VAE, images: Tensor, samples: int, binarization: Binarization, seed: int) -> float:
    """-log p(x) in nats, mean over uint8 images, estimated with `samples` importance samples."""
    total = 0.0
    with seeded(seed, "nll"):
        for part in binarize(images, binarization).split(100):
            total -= model.log_likelihood(part, samples).double().sum().item()
    return total / len(images)


@torch.no_grad()
def kl_per_dimension(model: VAE, images: Tensor) -> list[float]:
    """KL(q(z_d|x) || p(z_d)) in nats, mean over uint8 images (grey), for each latent d."""
    parts = [
        kl_to_standard_normal(*model.posterior(to_float(part))).double().sum(0)
        for part in in_chunks(images)
    ]
    return (torch.stack(parts).sum(0) / len(images)).tolist()
