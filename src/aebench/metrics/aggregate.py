"""How far all codes together are from the prior (Hoffman & Johnson 2016, "ELBO surgery")."""

import math

import torch
from torch import Tensor

from aebench.core.errors import InputError
from aebench.core.seeding import seeded
from aebench.data.pixels import in_chunks
from aebench.models.gaussians import log_mixture
from aebench.models.latent import LatentVariableModel
from aebench.models.vae import GaussianVAE


@torch.no_grad()
def marginal_kl(model: LatentVariableModel, targets: Tensor, seed: int, samples: int = 1) -> float:
    """KL(q(z) || p(z)) in nats, q(z) being the mean of q(z|x) over these float images.

    Estimated without bias for that q(z), from `samples` draws of each image's posterior. The rate
    less this is the mutual information of image and latents under q, at most log N. Raises
    InputError where q(z|x) is no diagonal Gaussian with a prior whose density is known.
    """
    if not (isinstance(model, GaussianVAE) and model.gaussian_posterior):
        raise InputError(
            "marginal KL: the densities of the posterior at other images' codes are needed; "
            "allowed: a model 'vae' with a Gaussian posterior"
        )
    posteriors = [model.posterior(part) for part in in_chunks(targets)]
    means, log_vars = (torch.cat(parts) for parts in zip(*posteriors, strict=True))
    total = 0.0
    with seeded(seed, "aggregate posterior"):
        chunk = max(1, 500 // samples)
        for mean, log_var in zip(means.split(chunk), log_vars.split(chunk), strict=True):
            z, _ = model.draw((mean, log_var), samples)
            ratio = log_mixture(z, means, log_vars).double() - model.log_prior(z).double()
            total += ratio.sum().item()
    return total / (samples * len(targets))


def gaussian_kl(codes: Tensor) -> float:
    """KL(N(m, S) || N(0, I)) in nats, m and S being mean and covariance of what N x D codes are of.

    A lower bound on what their whole distribution is from the prior, and one that can be asked of
    any codes: those of a plain autoencoder, or draws from a VAE's posteriors. Estimated without
    bias where they are normal, the logarithm of the determinant as by Ahmed & Gokhale (1989), so
    that near the prior it may be below 0. Infinite where the codes lie in a subspace.
    """
    x = codes.double()
    count, size = x.shape
    covariance = torch.cov(x.T).reshape(size, size)
    # Codes in single precision leave a subspace by their rounding.
    rounding = size * torch.finfo(torch.float32).eps ** 2
    if torch.linalg.matrix_rank(covariance, rtol=rounding, hermitian=True) < size:
        return math.inf
    degrees = torch.arange(count - size, count, dtype=x.dtype, device=x.device)
    too_low = (torch.digamma(degrees / 2) - math.log((count - 1) / 2)).sum()
    log_determinant = torch.logdet(covariance) - too_low
    squared_mean = x.mean(0).square().sum() - covariance.trace() / count
    return 0.5 * (covariance.trace() + squared_mean - size - log_determinant).item()
