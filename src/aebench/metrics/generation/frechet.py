"""The Fréchet distance between the Gaussians fitted to two sets of features."""

import numpy as np


def frechet_distance(a: np.ndarray, b: np.ndarray) -> float:
    """|m_a - m_b|^2 + tr(S_a + S_b - 2 (S_a S_b)^(1/2)), in squared units of the features.

    a and b are N x D and M x D. With features of Inception-v3 it is the FID (Heusel et al. 2017,
    eq. 6). Its bias falls with the number of images, so compare only values of equally many.
    """
    means, covariances = zip(*map(_moments, (a, b)), strict=True)
    # (S_a S_b)^(1/2) has the eigenvalues of (R S_b R)^(1/2), where R is the root of S_a.
    values, vectors = np.linalg.eigh(covariances[0])
    root = vectors * np.sqrt(values.clip(0)) @ vectors.T
    shared = np.sqrt(np.linalg.eigvalsh(root @ covariances[1] @ root).clip(0)).sum()
    spread = np.trace(covariances[0]) + np.trace(covariances[1]) - 2 * shared
    return float(np.square(means[0] - means[1]).sum() + spread)


def _moments(features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    x = features.astype(np.float64)
    return x.mean(0), np.atleast_2d(np.cov(x, rowvar=False))
