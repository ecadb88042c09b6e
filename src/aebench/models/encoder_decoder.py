"""What all models of images alone have in common: an encoder and a decoder, joined at the code."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn


class EncoderDecoder(nn.Module):
    """Images to codes and back; images are float in [0, 1], N x C x H x W.

    `encoder` maps images to N x (numbers of the code), `decoder` such codes to logits of images.
    """

    def __init__(self, image_shape: Sequence[int], encoder: nn.Module, decoder: nn.Module):
        super().__init__()
        self.image_shape = tuple(image_shape)
        self.encoder, self.decoder = encoder, decoder

    def encode(self, images: Tensor) -> Tensor:
        return self.encoder(images)

    def decode_logits(self, codes: Tensor) -> Tensor:
        """The images of ... x code before their sigmoid, ... x C x H x W.

        With a likelihood of several parameters a pixel, all of them: ... x (maps C) x H x W.
        """
        logits = self.decoder(codes.reshape(-1, codes.shape[-1]))
        return logits.reshape(*codes.shape[:-1], *logits.shape[1:])

    def decode(self, codes: Tensor) -> Tensor:
        """Pixels in (0, 1); the probabilities of their being 1 where the model has a likelihood."""
        return self.decode_logits(codes).sigmoid()

    def reconstruct(self, images: Tensor) -> Tensor:
        return self.decode(self.encode(images))

    def logits(self, images: Tensor) -> Tensor:
        """The reconstruction before its sigmoid."""
        return self.decode_logits(self.encode(images))


@torch.no_grad()
def code_length(model: EncoderDecoder) -> int:
    """How many numbers a code of this model has."""
    return model.encode(torch.zeros(1, *model.image_shape)).shape[1]
