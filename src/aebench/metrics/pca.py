"""Principal component analysis: the best linear code of a given size, which nets must beat."""

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from sklearn.decomposition import PCA


class Subspace:
    """The leading principal components of float images, N x C x H x W, at most `most` of them."""

    def __init__(self, train: np.ndarray, most: int):
        self.train = train.reshape(len(train), -1)
        # A code cannot be longer than there are images or pixels to fit it to.
        self.most = min(most, *self.train.shape)

    @cached_property
    def _pca(self) -> "PCA":
        # Imported late: `aebench compress` needs this module, but never fits a PCA.
        from sklearn.decomposition import PCA

        # The covariance is small next to the data; its eigenvectors give the same bytes each time.
        return PCA(self.most, svd_solver="covariance_eigh").fit(self.train)

    def codes(self, images: np.ndarray, components: int) -> np.ndarray:
        """The leading coordinates of each image, N x components."""
        return self._pca.transform(images.reshape(len(images), -1))[:, :components]

    def project(self, images: np.ndarray, components: int) -> np.ndarray:
        """The nearest images in the subspace of the leading `components`; not clipped."""
        return self.images(self.codes(images, components)).reshape(images.shape)

    def images(self, codes: np.ndarray) -> np.ndarray:
        """The images with these leading coordinates, N x pixels; not clipped."""
        return codes @ self._pca.components_[: codes.shape[1]] + self._pca.mean_

    @property
    def numbers(self) -> int:
        """How many numbers describe the subspace."""
        return self._pca.components_.size + self._pca.mean_.size


class PcaCodec:
    """PCA as an autoencoder of uint8 images, N x C x H x W; reconstructions are not clipped."""

    def __init__(self, train: np.ndarray, components: int):
        self.subspace = Subspace(train / 255.0, components)
        self.components = self.subspace.most

    def codes(self, images: np.ndarray) -> np.ndarray:
        """N x components."""
        return self.subspace.codes(images / 255.0, self.components)

    def reconstruct(self, images: np.ndarray) -> np.ndarray:
        """Float images of the same shape."""
        return self.subspace.project(images / 255.0, self.components)

    def sse_per_image(self, images: np.ndarray) -> float:
        """Squared error summed over pixels, averaged over images."""
        rest = images / 255.0 - self.reconstruct(images)
        return float(np.square(rest).reshape(len(images), -1).sum(1).mean())
