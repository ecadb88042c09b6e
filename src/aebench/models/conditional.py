"""The conditional VAE (Sohn et al. 2015; Kingma et al. 2014, M2 with all labels given): p(x|y)."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aebench.models.base import Likelihood
from aebench.models.vae import GaussianVAE, output_shape
from aebench.nets.base import Decoder, Encoder


class ConditionalVAE(nn.Module):
    """q(z|x, y), p(x|z, y) and p(z) = N(0, I), with y one of `classes`.

    The label is one-hot: maps beside the image's channels for the encoder, numbers beside the code
    for the decoder. `given(labels)` is the VAE of images with these labels, N int64; bounds and
    likelihoods are methods of that.
    """

    def __init__(
        self,
        image_shape: Sequence[int],
        classes: int,
        latent: int,
        encoder: Encoder | Mapping[str, Any],
        decoder: Decoder | Mapping[str, Any],
        likelihood: Likelihood | str = "bernoulli",
    ):
        super().__init__()
        channels, *size = image_shape
        self.image_shape, self.classes, self.latent = tuple(image_shape), classes, latent
        self.encoder = Encoder.member(encoder).initialized((channels + classes, *size), 2 * latent)
        self.pixel_likelihood = Likelihood.member(likelihood)
        self.decoder = Decoder.member(decoder).initialized(
            latent + classes, output_shape(image_shape, self.pixel_likelihood)
        )

    @property
    def likelihood(self) -> Any:
        """The likelihood p(x|z, y) of a pixel; see `likelihoods`."""
        return self.pixel_likelihood.build()

    def given(self, labels: Tensor) -> GaussianVAE:
        """The VAE of images with these labels in this order; it shares the parameters."""
        y = F.one_hot(labels, self.classes).to(next(self.parameters()).dtype)
        return GaussianVAE(
            self.image_shape,
            self.latent,
            _WithLabelMaps(self.encoder, y),
            _WithLabels(self.decoder, y),
            self.pixel_likelihood,
        )

    def sample(self, labels: Tensor) -> Tensor:
        """Draw an image for each label, shown by its pixels' means: N -> N x C x H x W."""
        return self.given(labels).sample(len(labels))


class _WithLabelMaps(nn.Module):
    """An encoder that gets the labels as maps beside the images' channels."""

    def __init__(self, net: nn.Module, y: Tensor):
        super().__init__()
        self.net, self.y = net, y

    def forward(self, images: Tensor) -> Tensor:
        maps = self.y[:, :, None, None].expand(-1, -1, *images.shape[-2:])
        return self.net(torch.cat([images, maps], dim=1))


class _WithLabels(nn.Module):
    """A decoder that gets the labels beside the codes."""

    def __init__(self, net: nn.Module, y: Tensor):
        super().__init__()
        self.net, self.y = net, y

    def forward(self, codes: Tensor) -> Tensor:
        # Codes are ordered by sample, then by image.
        return self.net(torch.cat([codes, self.y.repeat(len(codes) // len(self.y), 1)], dim=1))
