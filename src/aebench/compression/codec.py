"""Compress images with a model: lossy by an autoencoder, lossless by a VAE."""

import numpy as np
from torch import nn

from aebench.compression import bitsback, lossy
from aebench.compression.container import Codec, Compressed, fingerprint
from aebench.compression.transforms import ModelTransform
from aebench.core.errors import InputError
from aebench.models.autoencoder import Autoencoder
from aebench.models.encoder_decoder import EncoderDecoder
from aebench.models.stacked import StackedAutoencoder

DEFAULT_STEP = 1.0


def compress(model: nn.Module, images: np.ndarray, step: float | None = None) -> Compressed:
    """Compress uint8 images, N x C x H x W.

    `step` is the rounding step of autoencoders. Raises InputError where the model cannot encode
    these images.
    """
    codec: Codec = "lossless"
    if isinstance(model, Autoencoder | StackedAutoencoder):
        codec = "lossy"
        payload = lossy.compress(ModelTransform(model), images, step or DEFAULT_STEP)
    elif step is not None:
        raise InputError("--step", "this model compresses without loss", "an autoencoder")
    else:
        payload = bitsback.encode(model, images)
    return Compressed(codec, fingerprint(model), len(images), payload)


def decompress(model: nn.Module, file: Compressed, source: str) -> np.ndarray:
    """Decompress to uint8 images, N x C x H x W.

    Raises InputError for another model than the images were compressed with, or a file without
    images.
    """
    file.check_model(model, source)
    if not file.count:
        raise InputError(f"{source}: the images are damaged: there is none")
    if file.codec == "lossy":
        assert isinstance(model, EncoderDecoder)
        return lossy.decompress(ModelTransform(model), file.payload, file.count)
    return bitsback.decode(model, file.payload, file.count)
