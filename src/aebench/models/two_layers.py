"""The VAE with two stochastic layers (Burda et al. 2015, sec. 5): x <- h1 <- h2."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from aebench.models.base import Likelihood
from aebench.models.gaussians import log_density
from aebench.models.latent import LatentVariableModel
from aebench.models.sections.vae import Vamp
from aebench.models.vae import kl_to_standard_normal, output_shape
from aebench.nets.base import Decoder, Encoder
from aebench.nets.sections.dense import DenseEncoder


class TwoLayerVAE(LatentVariableModel):
    """q = N(h1; of x) N(h2; of h1), p = p(h2) N(h1; of h2) p(x|h1), variances diagonal.

    Images are float in [0, 1], N x C x H x W. `latents` are the sizes of h1 and h2; codes are h1.
    Encoder and decoder connect x and h1, `inner_encoder` and `inner_decoder`, both sections
    `DenseEncoder`, connect h1 and h2. p(h2) is N(0, I), or with `prior` a VampPrior whose
    pseudo-inputs are values of h1.
    """

    pseudo_codes: nn.Parameter | None

    def __init__(
        self,
        image_shape: Sequence[int],
        latents: Sequence[int],
        encoder: Encoder | Mapping[str, Any],
        decoder: Decoder | Mapping[str, Any],
        inner_encoder: DenseEncoder | Mapping[str, Any],
        inner_decoder: DenseEncoder | Mapping[str, Any],
        likelihood: Likelihood | str = "bernoulli",
        prior: Vamp | None = None,
    ):
        first, second = latents
        likelihood = Likelihood.member(likelihood)
        super().__init__(
            image_shape,
            Encoder.member(encoder).initialized(image_shape, 2 * first),
            Decoder.member(decoder).initialized(first, output_shape(image_shape, likelihood)),
            likelihood,
        )
        self.latents = (first, second)
        # For the nets, a vector is an image of one row.
        self.inner_encoder = Encoder.member(inner_encoder).initialized((1, 1, first), 2 * second)
        self.inner_decoder = Encoder.member(inner_decoder).initialized((1, 1, second), 2 * first)
        # Random, as equal ones would stay equal in training.
        codes = nn.Parameter(torch.randn(prior.pseudo_inputs, first)) if prior else None
        self.register_parameter("pseudo_codes", codes)

    def posterior(self, images: Tensor) -> tuple[Tensor, ...]:
        """Mean and log variance of q(h1|x), each N x latents[0]."""
        mean, log_var = self.encoder(images).float().chunk(2, dim=1)
        return mean, log_var

    def draw(self, posterior: Sequence[Tensor], samples: int) -> tuple[Tensor, Tensor]:
        h1, first, h2, second = self._sampled(posterior, samples)
        log_q = log_density(h2, *second).sum(-1)
        return h1, self.log_prior(h2) - log_q - first.sum(-1)

    def elbo_terms(self, images: Tensor, samples: int = 1) -> tuple[Tensor, Tensor]:
        """log p(x|h1), N, and the KL's parts, N x (latents of both layers), those of h1 first.

        Parts of h2 are in closed form given h1; parts of h1 are estimated from the samples. With a
        VampPrior, h2 has a single part, also estimated.
        """
        h1, first, h2, second = self._sampled(self.posterior(images), samples)
        if self.pseudo_codes is None:
            upper = kl_to_standard_normal(*second)
        else:
            log_q = log_density(h2, *second).sum(-1)
            upper = (log_q - self.log_prior(h2)).unsqueeze(-1)
        parts = torch.cat([first, upper], dim=-1)
        return self.log_likelihood_given(images, h1).mean(0), parts.mean(0)

    def sample(self, count: int) -> Tensor:
        """The pixels' means for `count` samples from the prior."""
        h2 = self._from_prior(count, self.latents[1])
        return self.decode(_draw(*_mean_and_log_var(self.inner_decoder, h2)))

    def components(self) -> tuple[Tensor, ...] | None:
        codes = self.pseudo_codes
        return None if codes is None else _mean_and_log_var(self.inner_encoder, codes)

    def _sampled(
        self, posterior: Sequence[Tensor], samples: int
    ) -> tuple[Tensor, Tensor, Tensor, tuple[Tensor, Tensor]]:
        """h1, log q(h1|x) - log p(h1|h2) of each latent, h2, and the parameters of q(h2|h1)."""
        mean, log_var = (part.expand(samples, *part.shape) for part in posterior)
        h1 = _draw(mean, log_var)
        second = _mean_and_log_var(self.inner_encoder, h1)
        h2 = _draw(*second)
        log_p = log_density(h1, *_mean_and_log_var(self.inner_decoder, h2))
        return h1, log_density(h1, mean, log_var) - log_p, h2, second


def _mean_and_log_var(net: nn.Module, codes: Tensor) -> tuple[Tensor, Tensor]:
    """A net's output for codes, ... x size, as mean and log variance."""
    outputs = net(codes.reshape(-1, codes.shape[-1])).float()
    mean, log_var = outputs.reshape(*codes.shape[:-1], -1).chunk(2, dim=-1)
    return mean, log_var


def _draw(mean: Tensor, log_var: Tensor) -> Tensor:
    return mean + torch.randn_like(mean) * (0.5 * log_var).exp()
