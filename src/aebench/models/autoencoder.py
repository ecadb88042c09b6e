"""The plain autoencoder: any encoder to a linear code, and any decoder."""

from collections.abc import Sequence
from typing import Any

from aebench.models.joined import Joined
from aebench.nets import registry
from aebench.nets.config import DecoderConfig, EncoderConfig


class Autoencoder(Joined):
    """Images are float in [0, 1], N x C x H x W; codes are N x code.

    `encoder` and `decoder` are sections of `nets/config.py`, or plain data for them.
    """

    def __init__(
        self,
        image_shape: Sequence[int],
        code: int,
        encoder: EncoderConfig | dict[str, Any],
        decoder: DecoderConfig | dict[str, Any],
    ):
        super().__init__(
            image_shape,
            registry.encoder(encoder, image_shape, code),
            registry.decoder(decoder, code, image_shape),
        )
