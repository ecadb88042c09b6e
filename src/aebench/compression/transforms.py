"""What makes a few numbers of images, and images of them again: a trained model, or PCA."""

from typing import Protocol

import numpy as np
import torch
from sklearn.decomposition import PCA
from torch import nn

from aebench.data.pixels import in_chunks, to_float


class Transform(Protocol):
    """Images are uint8 N x C x H x W; codes are float N x D."""

    def encode(self, images: np.ndarray) -> np.ndarray: ...

    def decode(self, codes: np.ndarray) -> np.ndarray: ...


class ModelTransform:
    """The code of an autoencoder, or the posterior's mean of a VAE."""

    def __init__(self, model: nn.Module):
        self.model = model

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
        components = min(len(train), train[0].size)
        # As in `evaluation/pca.py`: the same bytes each time.
        self.pca = PCA(components, svd_solver="covariance_eigh").fit(_flat(train))

    def encode(self, images: np.ndarray) -> np.ndarray:
        return self.pca.transform(_flat(images))

    def decode(self, codes: np.ndarray) -> np.ndarray:
        return _to_uint8(self.pca.inverse_transform(codes).reshape(-1, *self.shape))


def _flat(images: np.ndarray) -> np.ndarray:
    return images.reshape(len(images), -1) / 255.0


def _to_uint8(images: np.ndarray) -> np.ndarray:
    return np.rint(images.clip(0, 1) * 255).astype(np.uint8)
