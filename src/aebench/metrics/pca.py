"""Principal component analysis: the best linear code of a given size."""

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from aebench.data.scaling import to_unit_range

if TYPE_CHECKING:
    from sklearn.decomposition import PCA


class Subspace:
    """The leading principal components of float images, N x C x H x W, at most `limit`."""

    def __init__(self, train: np.ndarray, limit: int):
        self.train = train.reshape(len(train), -1)
        # There are no more components than images or pixels.
        self.components = min(limit, *self.train.shape)

    @cached_property
    def _pca(self) -> "PCA":
        # Imported late: `aebench compress` needs this module, but never fits a PCA.
        from sklearn.decomposition import PCA

        # The covariance is smaller than the data, and its eigenvectors are deterministic.
        return PCA(self.components, svd_solver="covariance_eigh").fit(self.train)

    def codes(self, images: np.ndarray, components: int) -> np.ndarray:
        """The leading `components` coordinates of each image, N x components."""
        return self._pca.transform(images.reshape(len(images), -1))[:, :components]

    def project(self, images: np.ndarray, components: int) -> np.ndarray:
        """The nearest images in the subspace of the leading `components`; not clipped."""
        return self.images(self.codes(images, components)).reshape(images.shape)

    def images(self, codes: np.ndarray) -> np.ndarray:
        """The images with these leading coordinates, N x pixels; not clipped."""
        return codes @ self._pca.components_[: codes.shape[1]] + self._pca.mean_

    @property
    def parameters(self) -> int:
        """Numbers that describe the subspace: its components and mean."""
        return self._pca.components_.size + self._pca.mean_.size


class PcaCodec:
    """PCA as an autoencoder of uint8 images, N x C x H x W; reconstructions are not clipped."""

    def __init__(self, train: np.ndarray, components: int):
        self.subspace = Subspace(to_unit_range(train), components)
        self.components = self.subspace.components

    def codes(self, images: np.ndarray) -> np.ndarray:
        """N x components."""
        return self.subspace.codes(to_unit_range(images), self.components)

    def reconstruct(self, images: np.ndarray) -> np.ndarray:
        """Float images of the same shape."""
        return self.subspace.project(to_unit_range(images), self.components)

    def sse_per_image(self, images: np.ndarray) -> float:
        """Squared error summed over pixels, averaged over images."""
        error = to_unit_range(images) - self.reconstruct(images)
        return float(np.square(error).reshape(len(images), -1).sum(1).mean())
