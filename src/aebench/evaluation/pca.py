"""Principal component analysis, the linear yardstick: the best linear code of a given size."""

import numpy as np
from sklearn.decomposition import PCA


class PcaCodec:
    """PCA of the training pixels; reconstructions are not clipped. Images uint8 N x C x H x W."""

    def __init__(self, train: np.ndarray, components: int):
        # A code cannot have more numbers than there are images or pixels to fit it to.
        self.components = min(components, len(train), train[0].size)
        # The covariance is small next to the data; its eigenvectors give the same bytes each time.
        self.pca = PCA(self.components, svd_solver="covariance_eigh").fit(_flat(train))

    def sse_per_image(self, images: np.ndarray) -> float:
        """Squared error summed over pixels, averaged over images."""
        x = _flat(images)
        return float(np.square(x - self._reconstruct(x)).sum(1).mean())

    def reconstruct(self, images: np.ndarray) -> np.ndarray:
        """Float images of the same shape."""
        return self._reconstruct(_flat(images)).reshape(images.shape)

    def _reconstruct(self, x: np.ndarray) -> np.ndarray:
        return self.pca.inverse_transform(self.pca.transform(x))


def _flat(images: np.ndarray) -> np.ndarray:
    return images.reshape(len(images), -1) / 255.0
