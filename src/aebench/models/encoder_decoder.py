"""The base class of models with a code: an encoder and a decoder."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn


class EncoderDecoder(nn.Module):
    """Maps images to codes and back; images are float in [0, 1], N x C x H x W.

    `encoder` maps images to codes, N x code size, and `decoder` codes to logits of images.
    """

    def __init__(self, image_shape: Sequence[int], encoder: nn.Module, decoder: nn.Module):
        super().__init__()
        self.image_shape = tuple(image_shape)
        self.encoder, self.decoder = encoder, decoder

    def encode(self, images: Tensor) -> Tensor:
        return self.encoder(images)

    def decode_logits(self, codes: Tensor) -> Tensor:
        """Logits of images, ... x C x H x W, for codes, ... x code size.

        With a likelihood of several parameters per pixel, all of them: ... x (maps C) x H x W.
        """
        logits = self.decoder(codes.reshape(-1, codes.shape[-1]))
        return logits.reshape(*codes.shape[:-1], *logits.shape[1:])

    def decode(self, codes: Tensor) -> Tensor:
        """Images with pixels in (0, 1)."""
        return self.decode_logits(codes).sigmoid()

    def reconstruct(self, images: Tensor) -> Tensor:
        return self.decode(self.encode(images))

    def forward(self, images: Tensor) -> Tensor:
        """The images' reconstruction: `model(images)` is `model.reconstruct(images)`."""
        return self.reconstruct(images)

    def logits(self, images: Tensor) -> Tensor:
        """Logits of the reconstruction."""
        return self.decode_logits(self.encode(images))


@torch.no_grad()
def code_length(model: EncoderDecoder) -> int:
    """The code size of a model, in dimensions."""
    return model.encode(torch.zeros(1, *model.image_shape)).shape[1]
