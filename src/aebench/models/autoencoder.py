"""The plain autoencoder, with any encoder and decoder and a linear code."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from torch import Tensor

from aebench.models.encoder_decoder import EncoderDecoder
from aebench.models.linear_path import LinearDecoder, LinearEncoder, begin_at_pca
from aebench.nets.base import Decoder, Encoder


class Autoencoder(EncoderDecoder):
    """Images are float in [0, 1], N x C x H x W; codes are N x code.

    `encoder` and `decoder` are sections of `nets/base.py`, or mappings for them. `linear` adds a
    linear path to both, with random weights or, once `begin` has seen images, those of PCA.
    """

    def __init__(
        self,
        image_shape: Sequence[int],
        code: int,
        encoder: Encoder | Mapping[str, Any],
        decoder: Decoder | Mapping[str, Any],
        linear: Literal["random", "pca"] | None = None,
    ):
        up = Encoder.member(encoder).initialized(image_shape, code)
        down = Decoder.member(decoder).initialized(code, image_shape)
        if linear:
            up = LinearEncoder(up, math.prod(image_shape), code)
            down = LinearDecoder(down, code, image_shape)
        super().__init__(image_shape, up, down)
        self.linear = linear

    def begin(self, images: Tensor) -> bool:
        """Take the weights that follow from training images, uint8; whether there are any."""
        if self.linear != "pca":
            return False
        assert isinstance(self.encoder, LinearEncoder) and isinstance(self.decoder, LinearDecoder)
        begin_at_pca(self.encoder, self.decoder, images.cpu().numpy())
        return True
