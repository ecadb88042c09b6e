"""The plain autoencoder, with any encoder and decoder and a linear code."""

from collections.abc import Mapping, Sequence
from typing import Any

from aebench.models.encoder_decoder import EncoderDecoder
from aebench.nets.base import Decoder, Encoder


class Autoencoder(EncoderDecoder):
    """Images are float in [0, 1], N x C x H x W; codes are N x code.

    `encoder` and `decoder` are sections of `nets/base.py`, or mappings for them.
    """

    def __init__(
        self,
        image_shape: Sequence[int],
        code: int,
        encoder: Encoder | Mapping[str, Any],
        decoder: Decoder | Mapping[str, Any],
    ):
        super().__init__(
            image_shape,
            Encoder.member(encoder).initialized(image_shape, code),
            Decoder.member(decoder).initialized(code, image_shape),
        )
