"""Distances of the aggregate posterior from the prior (Hoffman & Johnson 2016)."""

import math

import torch
from torch import Tensor

from aebench.core.errors import InputError
from aebench.core.seeding import seeded
from aebench.data.pixels import in_chunks, to_float
from aebench.models.gaussians import log_mixture
from aebench.models.latent import LatentVariableModel
from aebench.models.vae import GaussianVAE


@torch.no_grad()
def marginal_kl(model: LatentVariableModel, targets: Tensor, seed: int, samples: int = 1) -> float:
    """KL(q(z) || p(z)) in nats, where q(z) is the mean of q(z|x) over N images, float or uint8.

    An unbiased estimate from `samples` samples of each image's posterior. The rate less this is the
    mutual information of image and latents under q, at most log N. Raises InputError unless the
    model is a VAE with a Gaussian posterior.
    """
    if not (isinstance(model, GaussianVAE) and model.gaussian_posterior):
        raise InputError(
            "marginal KL",
            "it needs the posterior's density at other images' codes",
            "a model 'vae' with a Gaussian posterior",
        )
    posteriors = [model.posterior(to_float(part)) for part in in_chunks(targets)]
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
    """KL(N(m, S) || N(0, I)) in nats, where m and S are mean and covariance of N x D codes.

    A lower bound on the KL of the codes' distribution, for codes of any model: those of a plain
    autoencoder, or samples of a VAE's posteriors. For normal codes the estimate is unbiased (log
    determinant by Ahmed & Gokhale 1989), so that it may be below 0 near the prior. Infinite where
    the codes lie in a subspace.
    """
    x = codes.double()
    count, size = x.shape
    covariance = torch.cov(x.T).reshape(size, size)
    # Rounded to single precision, codes of a subspace lie slightly outside of it.
    rounding = size * torch.finfo(torch.float32).eps ** 2
    if torch.linalg.matrix_rank(covariance, rtol=rounding, hermitian=True) < size:
        return math.inf
    degrees = torch.arange(count - size, count, dtype=x.dtype, device=x.device)
    bias = (torch.digamma(degrees / 2) - math.log((count - 1) / 2)).sum()
    log_determinant = torch.logdet(covariance) - bias
    squared_mean = x.mean(0).square().sum() - covariance.trace() / count
    return 0.5 * (covariance.trace() + squared_mean - size - log_determinant).item()
