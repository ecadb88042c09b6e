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
        return self.images(self.codes(images, components)).reshape(images.shape)

    def images(self, codes: np.ndarray) -> np.ndarray:
        """What has these leading coordinates: N x pixels, not clipped."""
        return codes @ self._pca.components_[: codes.shape[1]] + self._pca.mean_

    @property
    def numbers(self) -> int:
        """How many it takes to write the subspace down."""
        return self._pca.components_.size + self._pca.mean_.size
