"""Principal component analysis: the best linear code of a given size."""

from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

import numpy as np

from aebench.data.chunks import CHUNK_VALUES, chunks
from aebench.data.scaling import mean_of, to_unit_range

# The larger of two matrices of this order is not built: their eigenvectors would take minutes.
LARGEST = 4096
# Of the randomized method: the fewest components beyond those asked for, passes over the images
# and its seed. With them the error was within 0.1 % of the exact one for digits, patches and noise.
EXTRA, PASSES, SEED = 20, 6, 0


class _Basis(NamedTuple):
    """Orthonormal components, k x pixels, the leading one first, and the mean image, in [0, 1]."""

    components: np.ndarray
    mean: np.ndarray


class Subspace:
    """The leading principal components of images N x C x H x W, at most `limit`.

    Images are uint8, or floats in [0, 1]. They are read a few at a time, as often as needed, so
    that they may lie in a mapped file.
    """

    def __init__(self, train: np.ndarray, limit: int):
        self.train = train.reshape(len(train), -1)
        # There are no more components than images or pixels.
        self.components = min(limit, *self.train.shape)

    @cached_property
    def _basis(self) -> _Basis:
        """By eigenvectors of whichever is smaller: the covariance, or the Gram matrix of images.

        Where that is larger than LARGEST, by randomized subspace iteration.
        """
        images, count = self.train, self.components
        mean = mean_of(images)
        if min(images.shape) > LARGEST:
            components = _randomized(images, mean, count)
        elif len(images) < images.shape[1]:
            components = _by_gram_matrix(images, mean, count)
        else:
            components = _by_covariance(images, mean, count)
        return _Basis(components, mean / 255 if images.dtype == np.uint8 else mean)

    def codes(self, images: np.ndarray, components: int) -> np.ndarray:
        """The leading `components` coordinates of each image, N x components."""
        basis = self._basis.components[:components].T
        flat = images.reshape(len(images), -1)
        parts = [(to_unit_range(part) - self._basis.mean) @ basis for part in chunks(flat)]
        return np.concatenate(parts)

    def project(self, images: np.ndarray, components: int) -> np.ndarray:
        """The nearest images in the subspace of the leading `components`; not clipped."""
        return self.images(self.codes(images, components)).reshape(images.shape)

    def images(self, codes: np.ndarray) -> np.ndarray:
        """The images with these leading coordinates, N x pixels; not clipped."""
        return codes @ self._basis.components[: codes.shape[1]] + self._basis.mean

    @property
    def parameters(self) -> int:
        """Numbers that describe the subspace: its components and mean."""
        return self._basis.components.size + self._basis.mean.size


class PcaCodec:
    """PCA as an autoencoder of uint8 images, N x C x H x W; reconstructions are not clipped."""

    def __init__(self, train: np.ndarray, components: int):
        self.subspace = Subspace(train, components)
        self.components = self.subspace.components

    def codes(self, images: np.ndarray) -> np.ndarray:
        """N x components."""
        return self.subspace.codes(images, self.components)

    def reconstruct(self, images: np.ndarray) -> np.ndarray:
        """Float images of the same shape."""
        return self.subspace.project(images, self.components)

    def sse_per_image(self, images: np.ndarray) -> float:
        """Squared error summed over pixels, averaged over images."""
        flat = images.reshape(len(images), -1)
        errors = [
            np.square(to_unit_range(part) - self.reconstruct(part)).sum(1) for part in chunks(flat)
        ]
        return float(np.concatenate(errors).mean())


def _by_covariance(images: np.ndarray, mean: np.ndarray, count: int) -> np.ndarray:
    """The components, count x pixels."""
    # Sums of products of bytes are whole numbers below 2^53, exact in any order.
    covariance = np.zeros((images.shape[1],) * 2)
    for part in chunks(images):
        part = part.astype(np.float64)
        covariance += part.T @ part
    covariance -= np.outer(mean, mean) * len(images)
    return _signed(_leading(covariance, count))


def _by_gram_matrix(images: np.ndarray, mean: np.ndarray, count: int) -> np.ndarray:
    """The components, count x pixels, from the products of images with each other."""
    gram = np.zeros((len(images),) * 2)
    for pixels in _columns(images):
        part = images[:, pixels] - mean[pixels]
        gram += part @ part.T
    weights = _leading(gram, count)
    spanning = np.empty((images.shape[1], count))
    for pixels in _columns(images):
        spanning[pixels] = (images[:, pixels] - mean[pixels]).T @ weights
    # Their norms are the singular values, of which the last may be 0.
    return _signed(np.linalg.qr(spanning).Q)


def _randomized(images: np.ndarray, mean: np.ndarray, count: int) -> np.ndarray:
    """The components, count x pixels, nearly (Halko et al. 2011, algorithms 4.4 and 5.3).

    Single precision is enough: what is left out by chance is more than it rounds.
    """
    pixels = images.shape[1]
    size = min(count + max(EXTRA, count // 3), *images.shape)
    centre = mean.astype(np.float32)
    basis = np.random.default_rng(SEED).standard_normal((pixels, size), np.float32)
    for _ in range(PASSES):
        basis = np.linalg.qr(basis).Q
        image_of_basis = np.zeros((pixels, size))
        within = np.zeros((size, size))
        for part in chunks(images):
            part = part - centre
            codes = part @ basis
            image_of_basis += part.T @ codes
            within += codes.T @ codes
        last, basis = basis, image_of_basis.astype(np.float32)
    return _signed(last.astype(np.float64) @ _leading(within, count))


def _leading(matrix: np.ndarray, count: int) -> np.ndarray:
    """The eigenvectors of the largest eigenvalues of a symmetric matrix, as N x count."""
    # It takes a moment to import, which `aebench compress` need not wait for.
    from scipy.linalg import eigh

    size = len(matrix)
    _, vectors = eigh(matrix, overwrite_a=True, subset_by_index=[size - count, size - 1])
    return vectors[:, ::-1]


def _signed(columns: np.ndarray) -> np.ndarray:
    """The columns as rows; of each the entry that is largest in absolute value is positive."""
    largest = np.abs(columns).argmax(0)
    signs = np.sign(columns[largest, np.arange(columns.shape[1])])
    return np.ascontiguousarray((columns * signs).T)


def _columns(images: np.ndarray) -> Iterator[slice]:
    """Slices of the pixels of N x pixels."""
    step = max(1, CHUNK_VALUES // len(images))
    return (slice(start, start + step) for start in range(0, images.shape[1], step))
