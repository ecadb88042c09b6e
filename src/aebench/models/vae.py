"""The variational autoencoder (Kingma & Welling 2014): Gaussian latents and posterior."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from aebench.models.latent import LatentVariableModel
from aebench.models.likelihoods import LikelihoodName, likelihood
from aebench.nets import registry
from aebench.nets.config import DecoderConfig, EncoderConfig


class VAE(LatentVariableModel):
    """q(z|x) = N(mean(x), diag(exp(log_var(x)))), p(z) = N(0, I), p(x|z) = Bernoulli(decoder(z)).

    Images are float in [0, 1], N x C x H x W; codes are N x latent. `encoder` and `decoder` are
    sections of `nets/config.py`, or plain data for them. Likelihoods are nats an image.
    `likelihood` names another p(x|z).
    """

    def __init__(
        self,
        image_shape: Sequence[int],
        latent: int,
        encoder: EncoderConfig | dict[str, Any],
        decoder: DecoderConfig | dict[str, Any],
        likelihood: LikelihoodName = "bernoulli",
    ):
        super().__init__(
            image_shape,
            registry.encoder(encoder, image_shape, 2 * latent),
            registry.decoder(decoder, latent, output_shape(image_shape, likelihood)),
            likelihood,
        )
        self.latent = latent

    def posterior(self, images: Tensor) -> tuple[Tensor, ...]:
        """Mean and log variance of q(z|x), each N x latent."""
        mean, log_var = self.encoder(images).float().chunk(2, dim=1)
        return mean, log_var

    def draw(self, posterior: Sequence[Tensor], samples: int) -> tuple[Tensor, Tensor]:
        mean, log_var = posterior
        noise = torch.randn(samples, *mean.shape, dtype=mean.dtype, device=mean.device)
        z = mean + noise * (0.5 * log_var).exp()
        # The normalizing constants of the two Gaussians cancel.
        return z, 0.5 * (noise**2 - z**2 + log_var).sum(-1)

    def terms(self, images: Tensor, samples: int = 1) -> tuple[Tensor, Tensor]:
        """log p(x|z), and KL(q(z|x) || p(z)) of each dimension in closed form: N, N x latent."""
        mean, log_var = posterior = self.posterior(images)
        z, _ = self.draw(posterior, samples)
        given = self.log_likelihood_given(images, z).mean(0)
        return given, kl_to_standard_normal(mean, log_var)

    def sample(self, count: int) -> Tensor:
        """The pixels' means for `count` draws from the prior."""
        return self.decode(torch.randn(count, self.latent, device=self._device))


def output_shape(image_shape: Sequence[int], name: LikelihoodName) -> tuple[int, ...]:
    """What a decoder gives: the image's shape, with as many maps as the likelihood takes."""
    return (likelihood(name).maps * image_shape[0], *image_shape[1:])


def kl_to_standard_normal(mean: Tensor, log_var: Tensor) -> Tensor:
    """KL(N(mean, exp(log_var)) || N(0, 1)) of each dimension, in nats (ibid., app. B)."""
    return 0.5 * (mean**2 + log_var.exp() - 1 - log_var)
