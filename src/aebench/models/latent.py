"""What models with latent variables have in common: bounds on log p(x), and its estimates."""

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

    Images are float in [0, 1], N x C x H x W; likelihoods are nats an image. A model says what its
    encoder makes of images (`posterior`), how it draws from that (`draw`), and what its bound is
    (`elbo_terms`); everything else follows.
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
        self._held: tuple[Tensor, ...] | None = None

    @property
    def likelihood_name(self) -> str:
        """What the config calls the likelihood."""
        return self.pixel_likelihood.name

    @property
    def likelihood(self) -> Any:
        """Of a pixel, p(x|z); see `likelihoods`."""
        return self.pixel_likelihood.build()

    def posterior(self, images: Tensor) -> tuple[Tensor, ...]:
        """What describes q(z|x), each N x ...: mean and log variance first, each N x latent."""
        raise NotImplementedError

    def draw(self, posterior: Sequence[Tensor], samples: int) -> tuple[Tensor, Tensor]:
        """`samples` draws z from q(z|x), differentiable, and log p(z) - log q(z|x) of each.

        Shapes samples x N x latent, z being what the decoder takes, and samples x N, in nats.
        """
        raise NotImplementedError

    def elbo_terms(self, images: Tensor, samples: int = 1) -> tuple[Tensor, Tensor]:
        """log p(x|z), the mean of `samples` draws, and the parts that KL(q(z|x) || p(z)) has.

        Shapes N and N x parts, in nats; the targets are the images as they are given. Parts are the
        latents where they are independent; what has no closed form is estimated from the draws.
        """
        raise NotImplementedError

    def sample(self, count: int) -> Tensor:
        """`count` images of draws from the prior: N x C x H x W, as `decode` shows them."""
        raise NotImplementedError

    def encode(self, images: Tensor) -> Tensor:
        """The posterior's mean."""
        return self.posterior(images)[0]

    def decode(self, codes: Tensor) -> Tensor:
        """The pixels' means, in [0, 1]: for Bernoulli pixels the probabilities of their being 1."""
        return self.likelihood.mean(self.decode_logits(codes))

    def outputs(self, images: Tensor, z: Tensor) -> Tensor:
        """What the likelihood of these images is computed from: ... x N x (maps C) x H x W."""
        return self.decode_logits(z)

    def log_likelihood_given(self, images: Tensor, z: Tensor) -> Tensor:
        """log p(x|z), ... x N for z of ... x N x latent, in nats."""
        pixels = self.likelihood.nll(self.outputs(images, z).float(), images)
        return -pixels.flatten(-len(self.image_shape)).sum(-1)

    def importance(
        self, images: Tensor, posterior: Sequence[Tensor], samples: int
    ) -> tuple[Tensor, Tensor]:
        """log p(x|z) and log p(z) - log q(z|x) of draws from q(z|x), each samples x N, in nats.

        Their sum is the log weight of a draw, whose mean is the bound and whose logsumexp estimates
        log p(x).
        """
        z, ratio = self.draw(posterior, samples)
        return self.log_likelihood_given(images, z), ratio

    def log_weights(self, images: Tensor, samples: int) -> Tensor:
        """log p(x, z) - log q(z|x) of `samples` draws from q(z|x): samples x N, in nats."""
        return sum(self.importance(images, self.posterior(images), samples))

    @contextmanager
    def prior_held(self) -> Iterator[None]:
        """Within, what a learned prior is made of is computed once; parameters must not change."""
        self._held = self.components()
        try:
            yield
        finally:
            self._held = None

    def components(self) -> tuple[Tensor, ...] | None:
        """Means and log variances, K x D, whose equal mixture is the prior; None: it is N(0, I)."""
        return None

    def log_prior(self, z: Tensor) -> Tensor:
        """log p(z) of ... x D, in nats: ... . Of two layers, z is the upper one."""
        components = self._held or self.components()
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
        """The evidence lower bound of each image with one latent sample (N, nats, negative)."""
        log_likelihood, kl = self.elbo_terms(images)
        return log_likelihood - kl.sum(1)

    @torch.no_grad()
    def log_likelihood(self, images: Tensor, samples: int, at_once: int = 20_000) -> Tensor:
        """log p(x) estimated by importance sampling from q(z|x) (Burda et al. 2015, eq. 8).

        A lower bound in expectation that rises with `samples`. N values, float64, nats, negative;
        each image is encoded once, `at_once` decoded ones lie in memory at a time, or N if that is
        more, and any number of samples is exact.
        """
        posterior = self.posterior(images)
        chunk = max(1, at_once // len(images))
        total = torch.full((len(images),), -math.inf, dtype=torch.float64, device=images.device)
        for start in range(0, samples, chunk):
            given, ratio = self.importance(images, posterior, min(chunk, samples - start))
            weights = given.double() + ratio.double()
            total = torch.logaddexp(total, torch.logsumexp(weights, dim=0))
        return total - math.log(samples)

    @property
    def _device(self) -> torch.device:
        return next(self.parameters()).device
