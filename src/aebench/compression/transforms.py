"""Transforms of images to codes and back: trained models and PCA."""

from typing import Protocol

import numpy as np
import torch

from aebench.data.pca import Subspace
from aebench.data.pixels import in_chunks, to_float
from aebench.data.scaling import to_uint8
from aebench.models.encoder_decoder import EncoderDecoder
from aebench.nets import parameters


class Transform(Protocol):
    """Images are uint8 N x C x H x W; codes are float N x D."""

    # Numbers that the transform consists of.
    parameters: int

    def encode(self, images: np.ndarray) -> np.ndarray: ...

    def decode(self, codes: np.ndarray) -> np.ndarray: ...


class ModelTransform:
    """The code of an autoencoder, or the posterior's mean of a VAE."""

    def __init__(self, model: EncoderDecoder):
        self.model = model
        self.parameters = parameters(model)

    @torch.no_grad()
    def encode(self, images: np.ndarray) -> np.ndarray:
        parts = in_chunks(torch.from_numpy(images))
        return torch.cat([self.model.encode(to_float(part)) for part in parts]).numpy()

    @torch.no_grad()
    def decode(self, codes: np.ndarray) -> np.ndarray:
        parts = in_chunks(torch.from_numpy(codes.astype(np.float32)))
        return to_uint8(torch.cat([self.model.decode(part) for part in parts]).numpy())


# More components of large images would take minutes and gigabytes.
MOST_COMPONENTS = 4096


class PcaTransform:
    """All principal components of training images, the best linear transform; at most 4096.

    The same step for all components is optimal for independent Gaussians: components with a small
    variance round to zero and cost nothing (reverse water-filling; Cover & Thomas, sec. 10.3.3).
    """

    def __init__(self, train: np.ndarray):
        self.shape = train.shape[1:]
        self.subspace = Subspace(train, min(train[0].size, MOST_COMPONENTS))
        self.parameters = self.subspace.parameters

    def encode(self, images: np.ndarray) -> np.ndarray:
        return self.subspace.codes(images, self.subspace.components)

    def decode(self, codes: np.ndarray) -> np.ndarray:
        return to_uint8(self.subspace.images(codes).reshape(-1, *self.shape))
