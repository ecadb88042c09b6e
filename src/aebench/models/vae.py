"""The variational autoencoder (Kingma & Welling 2014): Gaussian latents and posterior."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from aebench.core.errors import InputError
from aebench.core.seeding import seeded
from aebench.models.base import Flow, Likelihood, Pixels, Prior
from aebench.models.gaussians import log_density
from aebench.models.latent import LatentVariableModel
from aebench.nets.base import Decoder, Encoder

if TYPE_CHECKING:
    from aebench.models.pixelcnn import ConditionalPixelCNN


class GaussianVAE(LatentVariableModel):
    """q(z|x) = N(mean(x), diag(exp(log_var(x)))), p(z) = N(0, I), p(x|z) by the decoder.

    The encoder returns mean and log variance side by side, N x (2 latent).
    """

    def __init__(
        self,
        image_shape: Sequence[int],
        latent: int,
        encoder: nn.Module,
        decoder: nn.Module,
        likelihood: Likelihood | str,
    ):
        super().__init__(image_shape, encoder, decoder, likelihood)
        self.latent = latent

    @property
    def gaussian_posterior(self) -> bool:
        """Whether q(z|x) is a Gaussian, with the mean and log variance of `posterior`."""
        return True

    def posterior(self, images: Tensor) -> tuple[Tensor, ...]:
        """Mean and log variance of q(z|x), each N x latent."""
        outputs = self.encoder(images).float()
        return outputs.chunk(outputs.shape[1] // self.latent, dim=1)

    def draw(self, posterior: Sequence[Tensor], samples: int) -> tuple[Tensor, Tensor]:
        mean, log_var = posterior
        noise, z = _noisy(mean, log_var, samples)
        # The normalizing constants of the two Gaussians cancel.
        return z, 0.5 * (noise**2 - z**2 + log_var).sum(-1)

    def elbo_terms(self, images: Tensor, samples: int = 1) -> tuple[Tensor, Tensor]:
        """log p(x|z), N, and the closed-form KL(q(z|x) || p(z)) of each dimension, N x latent."""
        mean, log_var = self.posterior(images)
        _, z = _noisy(mean, log_var, samples)
        return self.log_likelihood_given(images, z).mean(0), kl_to_standard_normal(mean, log_var)

    def sample(self, count: int) -> Tensor:
        """The pixels' means for `count` samples from the prior."""
        return self.decode(self._from_prior(count, self.latent))


class VAE(GaussianVAE):
    """The VAE of the config, with its optional parts.

    Images are float in [0, 1], N x C x H x W; codes are N x latent. `encoder` and `decoder` are
    sections of `nets/base.py`, or mappings for them. Likelihoods are nats per image. `likelihood`
    is that of a pixel, `prior` replaces p(z) = N(0, I), and `flow` transforms samples from the
    Gaussian posterior. With `pixels`, p(x|z) is autoregressive (PixelVAE, Gulrajani et al. 2017):
    `decode_logits` then returns maps, ... x channels x H x W, on which a PixelCNN is conditioned.
    """

    def __init__(
        self,
        image_shape: Sequence[int],
        latent: int,
        encoder: Encoder | Mapping[str, Any],
        decoder: Decoder | Mapping[str, Any],
        likelihood: Likelihood | str = "bernoulli",
        prior: Prior | None = None,
        flow: Flow | None = None,
        pixels: Pixels | None = None,
    ):
        likelihood = Likelihood.member(likelihood)
        if pixels:
            decoded = (pixels.channels, *image_shape[1:])
        else:
            decoded = output_shape(image_shape, likelihood)
        # A flow also gets a context from the encoder.
        outputs = (2 if flow is None else 3) * latent
        super().__init__(
            image_shape,
            latent,
            Encoder.member(encoder).initialized(image_shape, outputs),
            Decoder.member(decoder).initialized(latent, decoded),
            likelihood,
        )
        self.flow = flow.build(latent) if flow else None
        # Saved weights contain this name.
        self.pseudo_inputs = prior.build(latent, image_shape) if prior else None
        self.pixels = pixels.build(image_shape[0]) if pixels else None

    @property
    def gaussian_posterior(self) -> bool:
        return self.flow is None

    def encode(self, images: Tensor) -> Tensor:
        """The posterior's mean, transformed by the flow if any."""
        mean, _, *context = self.posterior(images)
        return self.flow(mean, *context)[0] if self.flow else mean

    def outputs(self, images: Tensor, z: Tensor) -> Tensor:
        decoded = super().outputs(images, z)
        return self.pixels(images, decoded) if self.pixels else decoded

    def decode(self, codes: Tensor) -> Tensor:
        """The pixels' means; with `pixels` a sampled image of 0 and 1, the same each time."""
        if self.pixels is None:
            return super().decode(codes)
        with seeded("pixels"):
            return self._sampled(self.pixels, codes)

    def sample(self, count: int) -> Tensor:
        """The pixels' means for `count` samples from the prior; with `pixels` images of 0 and 1."""
        if self.pixels is None:
            return super().sample(count)
        return self._sampled(self.pixels, self._from_prior(count, self.latent))

    def _sampled(self, pixels: "ConditionalPixelCNN", codes: Tensor) -> Tensor:
        maps = self.decode_logits(codes)
        images = pixels.draw(maps.flatten(0, -4))
        return images.reshape(*codes.shape[:-1], *self.image_shape)

    def draw(self, posterior: Sequence[Tensor], samples: int) -> tuple[Tensor, Tensor]:
        if not (self.flow or self.pseudo_inputs):
            return super().draw(posterior, samples)
        z, parts = self._estimate(posterior, samples)
        return z, -parts.sum(-1)

    def elbo_terms(self, images: Tensor, samples: int = 1) -> tuple[Tensor, Tensor]:
        """As in GaussianVAE, but with a flow the KL of each dimension is estimated.

        With a VampPrior, which does not factorize, the estimated KL is a single part: N x 1.
        """
        if not (self.flow or self.pseudo_inputs):
            return super().elbo_terms(images, samples)
        z, parts = self._estimate(self.posterior(images), samples)
        return self.log_likelihood_given(images, z).mean(0), parts.mean(0)

    def components(self) -> tuple[Tensor, ...] | None:
        return self.pseudo_inputs.components(self.posterior) if self.pseudo_inputs else None

    def _estimate(self, posterior: Sequence[Tensor], samples: int) -> tuple[Tensor, Tensor]:
        """z, samples x N x latent, and log q(z|x) - log p(z) by the parts of `elbo_terms`."""
        mean, log_var, *context = posterior
        noise, z = _noisy(mean, log_var, samples)
        zero = torch.zeros_like(mean)
        log_q = log_density(noise, zero, zero) - 0.5 * log_var
        if self.flow:
            z, log_det = self.flow(z, *context)
            return z, log_q - log_det - log_density(z, zero, zero)
        return z, (log_q.sum(-1) - self.log_prior(z)).unsqueeze(-1)


def _noisy(mean: Tensor, log_var: Tensor, samples: int) -> tuple[Tensor, Tensor]:
    """Standard normal noise, and the samples from N(mean, exp(log_var)): samples x N x D each."""
    noise = torch.randn(samples, *mean.shape, dtype=mean.dtype, device=mean.device)
    return noise, mean + noise * (0.5 * log_var).exp()


def output_shape(image_shape: Sequence[int], likelihood: Likelihood) -> tuple[int, ...]:
    """The decoder's output shape: a map per channel and parameter of the likelihood.

    Raises InputError where the likelihood is of other channels than the images have.
    """
    if likelihood.channels not in (None, image_shape[0]):
        raise InputError(
            "model.likelihood",
            f"{likelihood.member_name} is of images of {likelihood.channels} channels, and these "
            f"have {image_shape[0]}",
            "discretized-logistic, beta-binomial, continuous-bernoulli, bernoulli",
        )
    return (likelihood.build().maps * image_shape[0], *image_shape[1:])


def kl_to_standard_normal(mean: Tensor, log_var: Tensor) -> Tensor:
    """KL(N(mean, exp(log_var)) || N(0, 1)) of each dimension, in nats (ibid., app. B)."""
    return 0.5 * (mean**2 + log_var.exp() - 1 - log_var)
