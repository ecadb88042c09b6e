"""The base class of models with latent variables: bounds on log p(x), and its estimates."""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from aebench.models.base import Likelihood
from aebench.models.encoder_decoder import EncoderDecoder
from aebench.models.gaussians import log_density, log_mixture


class LatentVariableModel(EncoderDecoder):
    """p(x) = E[p(x|z)] over a prior p(z), with an approximate posterior q(z|x).

    Images are float in [0, 1], N x C x H x W; likelihoods are nats per image. A subclass defines
    the posterior's parameters (`posterior`), samples from it (`draw`) and the bound (`elbo_terms`).
    """

    def __init__(
        self,
        image_shape: Sequence[int],
        encoder: nn.Module,
        decoder: nn.Module,
        likelihood: Likelihood | str,
    ):
        super().__init__(image_shape, encoder, decoder)
        self.pixel_likelihood = Likelihood.member(likelihood)
        self._held_components: tuple[Tensor, ...] | None = None

    @property
    def likelihood_name(self) -> str:
        """The name of the likelihood in the config."""
        return self.pixel_likelihood.member_name

    @property
    def likelihood(self) -> Any:
        """The likelihood p(x|z) of a pixel; see `likelihoods`."""
        return self.pixel_likelihood.build()

    def posterior(self, images: Tensor) -> tuple[Tensor, ...]:
        """The parameters of q(z|x), each N x ...; the first two are mean and log variance."""
        raise NotImplementedError

    def draw(self, posterior: Sequence[Tensor], samples: int) -> tuple[Tensor, Tensor]:
        """Reparameterized samples z from q(z|x), and log p(z) - log q(z|x) of each, in nats.

        Shapes samples x N x latent, as the decoder takes z, and samples x N.
        """
        raise NotImplementedError

    def elbo_terms(self, images: Tensor, samples: int = 1) -> tuple[Tensor, Tensor]:
        """log p(x|z), averaged over `samples` samples of z, and the parts of KL(q(z|x) || p(z)).

        Shapes N and N x parts, in nats; the targets are `images`. Independent latents are a part
        each. A part without a closed form is estimated from the samples.
        """
        raise NotImplementedError

    def sample(self, count: int) -> Tensor:
        """Draw `count` codes from the prior and decode them: N x C x H x W."""
        raise NotImplementedError

    def encode(self, images: Tensor) -> Tensor:
        """The posterior's mean."""
        return self.posterior(images)[0]

    def decode(self, codes: Tensor) -> Tensor:
        """The pixels' means in [0, 1], for Bernoulli pixels their probabilities of 1."""
        return self.likelihood.mean(self.decode_logits(codes))

    def outputs(self, images: Tensor, z: Tensor) -> Tensor:
        """Parameters of the likelihood of `images` given z: ... x N x (maps C) x H x W."""
        return self.decode_logits(z)

    def log_likelihood_given(self, images: Tensor, z: Tensor) -> Tensor:
        """log p(x|z), ... x N for z of ... x N x latent, in nats."""
        outputs, likelihood = self.outputs(images, z).float(), self.likelihood
        if hasattr(likelihood, "image_nll"):
            nll: Tensor = likelihood.image_nll(outputs, images)
            return -nll
        return -likelihood.nll(outputs, images).flatten(-len(self.image_shape)).sum(-1)

    def importance(
        self, images: Tensor, posterior: Sequence[Tensor], samples: int
    ) -> tuple[Tensor, Tensor]:
        """log p(x|z) and log p(z) - log q(z|x) of samples from q(z|x), each samples x N, in nats.

        Their sum is a sample's log importance weight: the mean of these is the ELBO, and their
        logmeanexp estimates log p(x).
        """
        z, ratio = self.draw(posterior, samples)
        return self.log_likelihood_given(images, z), ratio

    def log_weights(self, images: Tensor, samples: int) -> Tensor:
        """Log importance weights log p(x, z) - log q(z|x) of samples from q(z|x): samples x N."""
        log_likelihood, log_ratio = self.importance(images, self.posterior(images), samples)
        return log_likelihood + log_ratio

    @contextmanager
    def prior_held(self) -> Iterator[None]:
        """Inside, a learned prior's components are computed once; parameters must not change."""
        self._held_components = self.components()
        try:
            yield
        finally:
            self._held_components = None

    def components(self) -> tuple[Tensor, ...] | None:
        """Means and log variances, K x D, of the prior's equal mixture; None for N(0, I)."""
        return None

    def log_prior(self, z: Tensor) -> Tensor:
        """log p(z) of z, ... x D, in nats: ... . With two layers, z is the upper one."""
        components = self._held_components or self.components()
        if components:
            return log_mixture(z, *components)
        zero = torch.zeros_like(z)
        return log_density(z, zero, zero).sum(-1)

    def _from_prior(self, count: int, latent: int) -> Tensor:
        components = self.components()
        if components is None:
            return torch.randn(count, latent, device=self._device)
        chosen = torch.randint(len(components[0]), (count,), device=self._device)
        mean, log_var = (part[chosen] for part in components)
        return mean + torch.randn_like(mean) * (0.5 * log_var).exp()

    @torch.no_grad()
    def elbo(self, images: Tensor) -> Tensor:
        """The evidence lower bound of each image with one latent sample: N, in nats.

        `images` are float in [0, 1], N x C x H x W; of Bernoulli pixels 0 or 1.
        """
        log_likelihood, kl = self.elbo_terms(images)
        return log_likelihood - kl.sum(1)

    @torch.no_grad()
    def log_likelihood(self, images: Tensor, samples: int, at_once: int = 20_000) -> Tensor:
        """log p(x) estimated by importance sampling from q(z|x) (Burda et al. 2015, eq. 8).

        `images` are float in [0, 1], N x C x H x W; of Bernoulli pixels 0 or 1, such as
        `images.bernoulli()` draws. N values, float64, in nats; in expectation a lower bound that
        rises with `samples`. Each image is encoded once; samples are decoded in chunks of `at_once`
        images, or N if that is more.
        """
        posterior = self.posterior(images)
        chunk = max(1, at_once // len(images))
        total = torch.full((len(images),), -math.inf, dtype=torch.float64, device=images.device)
        for start in range(0, samples, chunk):
            count = min(chunk, samples - start)
            log_likelihood, log_ratio = self.importance(images, posterior, count)
            log_weights = log_likelihood.double() + log_ratio.double()
            total = torch.logaddexp(total, torch.logsumexp(log_weights, dim=0))
        return total - math.log(samples)

    @property
    def _device(self) -> torch.device:
        return next(self.parameters()).device
