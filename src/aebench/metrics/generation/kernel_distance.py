"""The kernel distance between two sets of features (Binkowski et al. 2018)."""

import numpy as np


def kernel_distance(a: np.ndarray, b: np.ndarray) -> float:
    """The squared MMD by the kernel (x y / D + 1)^3, without bias, so that it may be below 0.

    a and b are N x D and M x D, N and M at least 2. The measure that is called KID where the
    features are those of Inception-v3; here of all pairs at once, not of random subsets.
    """
    within = sum((_sum(x, x) - _sum_with_themselves(x)) / (len(x) * (len(x) - 1)) for x in (a, b))
    return float(within - 2 * _sum(a, b) / (len(a) * len(b)))


def _sum(x: np.ndarray, y: np.ndarray) -> float:
    """Over all pairs; a part of the matrix at a time."""
    y = y.astype(np.float64)
    parts = np.array_split(x.astype(np.float64), -(-len(x) // 1000))
    return sum(((part @ y.T / x.shape[1] + 1) ** 3).sum() for part in parts)


def _sum_with_themselves(x: np.ndarray) -> float:
    return ((np.square(x.astype(np.float64)).sum(1) / x.shape[1] + 1) ** 3).sum()
