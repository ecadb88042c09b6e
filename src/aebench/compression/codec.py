"""Compress images with a model: lossy by an autoencoder, lossless by a VAE."""

import math

import numpy as np
from torch import nn

from aebench.compression import bitsback, lossy
from aebench.compression.container import Codec, Compressed, fingerprint
from aebench.compression.transforms import ModelTransform
from aebench.core.errors import InputError, brief
from aebench.core.memory import needs_memory
from aebench.models.autoencoder import Autoencoder
from aebench.models.encoder_decoder import EncoderDecoder, code_length
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
    assert isinstance(model, EncoderDecoder)
    needs_memory(file.count * math.prod(model.image_shape), f"{source}: {file.count} images")
    try:
        # NaN of numbers that are made up is no error of ours.
        with np.errstate(all="ignore"):
            if file.codec == "lossy":
                return lossy.decompress(
                    ModelTransform(model), file.payload, file.count, code_length(model)
                )
            return bitsback.decode(model, file.payload, file.count)
    except InputError as error:
        raise InputError(f"{source}: {error}") from None
    # Numbers that only a forger writes, who can compute the checksum, fail wherever they are used.
    except Exception as error:
        reason = f"{type(error).__name__}: {brief(error)}"
        raise InputError(f"{source}: the compressed images are damaged: {reason}") from None
