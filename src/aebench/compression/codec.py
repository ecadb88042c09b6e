"""Compress images with a model: lossy by an autoencoder, lossless by a VAE."""

import math

import numpy as np
from torch import nn

from aebench.compression import bitsback, lossy
from aebench.compression.container import Compressed, fingerprint
from aebench.compression.integers.codec import IntegerCodec
from aebench.compression.integers.nets import Inexact
from aebench.compression.transforms import ModelTransform
from aebench.core.errors import InputError, brief
from aebench.core.memory import needs_memory
from aebench.core.progress import note
from aebench.models.autoencoder import Autoencoder
from aebench.models.encoder_decoder import EncoderDecoder, code_length
from aebench.models.stacked import StackedAutoencoder

DEFAULT_STEP = 1.0


def compress(model: nn.Module, images: np.ndarray, step: float | None = None) -> Compressed:
    """Compress uint8 images, N x C x H x W.

    `step` is the rounding step of autoencoders. A VAE whose nets have no form in integers is coded
    in floating point, with a note on screen. Raises InputError where the model cannot encode these
    images.
    """
    if isinstance(model, Autoencoder | StackedAutoencoder):
        payload = lossy.compress(ModelTransform(model), images, step or DEFAULT_STEP)
        return Compressed("lossy", fingerprint(model), len(images), payload)
    if step is not None:
        raise InputError("--step", "this model compresses without loss", "an autoencoder")
    try:
        codec = IntegerCodec(model)
    except Inexact as reason:
        note(
            f"{reason} has no form in integers: the file is sure to open only with this version of "
            "torch and on this kind of machine"
        )
        payload = bitsback.encode(model, images)
        return Compressed("lossless", fingerprint(model), len(images), payload)
    return Compressed("integers", codec.digest, len(images), codec.encode(images))


def decompress(model: nn.Module, file: Compressed, source: str) -> np.ndarray:
    """Decompress to uint8 images, N x C x H x W.

    Raises InputError for another model than the images were compressed with, or a file without
    images.
    """
    codec = _integers(model) if file.codec == "integers" else None
    file.check_model(codec.digest if codec else fingerprint(model), source)
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
            if codec:
                return codec.decode(file.payload, file.count)
            return bitsback.decode(model, file.payload, file.count)
    except InputError as error:
        raise InputError(f"{source}: {error}") from None
    # Numbers that only a forger writes, who can compute the checksum, fail wherever they are used.
    except Exception as error:
        reason = f"{type(error).__name__}: {brief(error)}"
        raise InputError(f"{source}: the compressed images are damaged: {reason}") from None


def _integers(model: nn.Module) -> IntegerCodec | None:
    """The model's codec in integers; None for a model that has none."""
    try:
        return IntegerCodec(model)
    except (Inexact, InputError):
        return None
