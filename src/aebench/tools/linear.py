"""Principal components of training images: the plane or the subspace that others are beside."""

from functools import cached_property

import numpy as np
from sklearn.decomposition import PCA


class Subspace:
    """Images are float N x C x H x W. The leading components of `train`, at most `most`."""

    def __init__(self, train: np.ndarray, most: int):
        self.train = train.reshape(len(train), -1)
        self.most = min(most, *self.train.shape)

    @cached_property
    def _pca(self) -> PCA:
        # The eigenvectors of the covariance give the same bytes each time.
        return PCA(self.most, svd_solver="covariance_eigh").fit(self.train)

    def codes(self, images: np.ndarray, components: int) -> np.ndarray:
        """The leading `components` coordinates of each image."""
        return self._pca.transform(images.reshape(len(images), -1))[:, :components]

    def project(self, images: np.ndarray, components: int) -> np.ndarray:
        """The nearest images in the subspace of the leading `components`; not clipped."""
        codes = self.codes(images, components)
        basis = self._pca.components_[: codes.shape[1]]
        return (codes @ basis + self._pca.mean_).reshape(images.shape)
