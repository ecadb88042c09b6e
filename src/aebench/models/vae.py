"""The variational autoencoder (Kingma & Welling 2014): Gaussian latent, Bernoulli pixels."""

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from aebench.models.joined import Joined
from aebench.nets import registry
from aebench.nets.config import DecoderConfig, EncoderConfig


class VAE(Joined):
    """q(z|x) = N(mean(x), diag(exp(log_var(x)))), p(z) = N(0, I), p(x|z) = Bernoulli(decoder(z)).

    Images are float in [0, 1], N x C x H x W; codes are N x latent. `encoder` and `decoder` are
    sections of `nets/config.py`, or plain data for them. Likelihoods are nats an image.
    """

    def __init__(
        self,
        image_shape: Sequence[int],
        latent: int,
        encoder: EncoderConfig | dict[str, Any],
        decoder: DecoderConfig | dict[str, Any],
    ):
        super().__init__(
            image_shape,
            registry.encoder(encoder, image_shape, 2 * latent),
            registry.decoder(decoder, latent, image_shape),
        )
        self.latent = latent

    def posterior(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log variance of q(z|x), each N x latent."""
        mean, log_var = self.encoder(images).float().chunk(2, dim=1)
        return mean, log_var

    def encode(self, images: Tensor) -> Tensor:
        """The posterior's mean."""
        return self.posterior(images)[0]

    def sample(self, count: int) -> Tensor:
        """Pixel probabilities of `count` draws from the prior."""
        return self.decode(torch.randn(count, self.latent, device=self._device))

    def terms(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """log p(x|z) for one z from q(z|x), and KL(q(z|x) || p(z)) of each dimension.

        Shapes N and N x latent, in nats; the targets are the images as they are given.
        """
        mean, log_var = self.posterior(images)
        z = mean + torch.randn_like(mean) * (0.5 * log_var).exp()
        return self.log_likelihood_given(images, z), kl_to_standard_normal(mean, log_var)

    def log_likelihood_given(self, images: Tensor, z: Tensor) -> Tensor:
        """log p(x|z), ... x N for z of ... x N x latent, in nats."""
        logits = self.decode_logits(z).float()
        pixels = F.binary_cross_entropy_with_logits(
            logits, images.expand_as(logits), reduction="none"
        )
        return -pixels.flatten(-len(self.image_shape)).sum(-1)

    @torch.no_grad()
    def elbo(self, images: Tensor) -> Tensor:
        """The evidence lower bound of each image with one latent sample (N, nats, negative)."""
        log_likelihood, kl = self.terms(images)
        return log_likelihood - kl.sum(1)

    @torch.no_grad()
    def log_likelihood(self, images: Tensor, samples: int, at_once: int = 20_000) -> Tensor:
        """log p(x) estimated by importance sampling from q(z|x) (Burda et al. 2015, eq. 8).

        A lower bound in expectation that rises with `samples`. N values, nats, negative; at most
        `at_once` decoded images lie in memory at a time, any number of samples is exact.
        """
        mean, log_var = self.posterior(images)
        std = (0.5 * log_var).exp()
        chunk = max(1, at_once // len(images))
        weights = []
        for start in range(0, samples, chunk):
            k = min(chunk, samples - start)
            noise = torch.randn(k, *mean.shape, device=mean.device)
            z = mean + noise * std
            # log p(z) - log q(z|x); the normalizing constants of the two Gaussians cancel.
            ratio = 0.5 * (noise**2 - z**2 + log_var).sum(-1)
            weights.append(torch.logsumexp(self.log_likelihood_given(images, z) + ratio, dim=0))
        return torch.logsumexp(torch.stack(weights), dim=0) - math.log(samples)

    @property
    def _device(self) -> torch.device:
        return next(self.parameters()).device


def kl_to_standard_normal(mean: Tensor, log_var: Tensor) -> Tensor:
    """KL(N(mean, exp(log_var)) || N(0, 1)) of each dimension, in nats (ibid., app. B)."""
    return 0.5 * (mean**2 + log_var.exp() - 1 - log_var)
