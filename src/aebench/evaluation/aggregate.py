"""How far all codes together are from the prior (Hoffman & Johnson 2016, "ELBO surgery")."""

import torch
from torch import Tensor

from aebench.data.pixels import in_chunks
from aebench.errors import InputError
from aebench.models.gaussians import log_mixture
from aebench.models.latent import LatentVariableModel
from aebench.models.vae import GaussianVAE
from aebench.seeding import seeded


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
    """KL(N(m, S) || N(0, I)) in nats, m and S being the mean and covariance of N x D codes.

    Of very many codes a lower bound on what their whole distribution is from the prior, and one
    that can be asked of any codes: those of a plain autoencoder, or draws from a VAE's posteriors.
    Few codes make it too high, by about D (D + 3) / 4N near the prior. Infinite where the codes lie
    in a subspace.
    """
    x = codes.double()
    covariance = torch.cov(x.T).reshape(x.shape[1], x.shape[1])
    # Codes in single precision leave a subspace by their rounding.
    rounding = x.shape[1] * torch.finfo(torch.float32).eps ** 2
    if torch.linalg.matrix_rank(covariance, rtol=rounding, hermitian=True) < x.shape[1]:
        return float("inf")
    log_determinant = torch.logdet(covariance)
    excess = covariance.trace() + x.mean(0).square().sum() - x.shape[1] - log_determinant
    return 0.5 * excess.item()
