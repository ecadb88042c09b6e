"""Images to the content of a file and back, by whatever codec the model is good for."""

import numpy as np
from torch import nn

from aebench.compression import bitsback, lossy
from aebench.compression.container import Compressed, fingerprint
from aebench.compression.transforms import ModelTransform
from aebench.core.errors import InputError
from aebench.models.autoencoder import Autoencoder
from aebench.models.stacked import StackedAutoencoder

DEFAULT_STEP = 1.0


def compress(model: nn.Module, images: np.ndarray, step: float | None = None) -> Compressed:
    """Uint8 images, N x C x H x W, as a file's content; with loss by an autoencoder.

    Raises InputError where the model or its likelihood has no code for these images.
    """
    lossily = isinstance(model, Autoencoder | StackedAutoencoder)
    if lossily:
        payload = lossy.compress(ModelTransform(model), images, step or DEFAULT_STEP)
    elif step is not None:
        raise InputError("--step: this model compresses without loss; allowed: an autoencoder")
    else:
        payload = bitsback.encode(model, images)
    codec = "lossy" if lossily else "lossless"
    return Compressed(codec, fingerprint(model), len(images), payload)


def decompress(model: nn.Module, file: Compressed, source: str) -> np.ndarray:
    """The images, uint8 N x C x H x W; raises InputError where the model is another one.

    So, too, where the file promises no image.
    """
    file.check_model(model, source)
    if not file.count:
        raise InputError(f"{source}: the images are damaged: there is none")
    if file.codec == "lossy":
        return lossy.decompress(ModelTransform(model), file.payload, file.count)
    return bitsback.decode(model, file.payload, file.count)
