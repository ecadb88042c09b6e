"""What makes a few numbers of images, and images of them again: a trained model, or PCA."""

from typing import Protocol

import numpy as np
import torch
from torch import nn

from aebench.data.pixels import in_chunks, to_float
from aebench.metrics.pca import Subspace
from aebench.nets import parameters


class Transform(Protocol):
    """Images are uint8 N x C x H x W; codes are float N x D. `numbers`: so many describe it."""

    numbers: int

    def encode(self, images: np.ndarray) -> np.ndarray: ...

    def decode(self, codes: np.ndarray) -> np.ndarray: ...


class ModelTransform:
    """The code of an autoencoder, or the posterior's mean of a VAE."""

    def __init__(self, model: nn.Module):
        self.model = model
        self.numbers = parameters(model)

    @torch.no_grad()
    def encode(self, images: np.ndarray) -> np.ndarray:
        parts = in_chunks(torch.from_numpy(images))
        return torch.cat([self.model.encode(to_float(part)) for part in parts]).numpy()

    @torch.no_grad()
    def decode(self, codes: np.ndarray) -> np.ndarray:
        parts = in_chunks(torch.from_numpy(codes.astype(np.float32)))
        return _to_uint8(torch.cat([self.model.decode(part) for part in parts]).numpy())


class PcaTransform:
    """All principal components of training images, the best linear transform.

    One step for all is the best there is for independent Gaussians: components whose variance is
    small beside it round to zero and cost nothing (reverse water-filling; Cover & Thomas, sec.
    10.3.3).
    """

    def __init__(self, train: np.ndarray):
        self.shape = train.shape[1:]
        self.subspace = Subspace(train / 255, train[0].size)
        self.numbers = self.subspace.numbers

    def encode(self, images: np.ndarray) -> np.ndarray:
        return self.subspace.codes(images / 255, images[0].size)

    def decode(self, codes: np.ndarray) -> np.ndarray:
        return _to_uint8(self.subspace.images(codes).reshape(-1, *self.shape))


def _to_uint8(images: np.ndarray) -> np.ndarray:
    return np.rint(images.clip(0, 1) * 255).astype(np.uint8)
