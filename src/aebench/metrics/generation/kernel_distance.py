"""The kernel distance between two sets of features (Binkowski et al. 2018)."""

import numpy as np


def kernel_distance(a: np.ndarray, b: np.ndarray) -> float:
    """Unbiased squared MMD with the kernel (x y / D + 1)^3; it may be below 0.

    a and b are N x D and M x D, N and M at least 2. With features of Inception-v3 it is the KID,
    here of all pairs instead of random subsets.
    """
    within = sum((_kernel_sum(x, x) - _diagonal_sum(x)) / (len(x) * (len(x) - 1)) for x in (a, b))
    return float(within - 2 * _kernel_sum(a, b) / (len(a) * len(b)))


def _kernel_sum(x: np.ndarray, y: np.ndarray) -> float:
    """The kernel summed over all pairs, 1000 rows of its matrix at a time."""
    y = y.astype(np.float64)
    parts = np.array_split(x.astype(np.float64), -(-len(x) // 1000))
    return sum(((part @ y.T / x.shape[1] + 1) ** 3).sum() for part in parts)


def _diagonal_sum(x: np.ndarray) -> float:
    return ((np.square(x.astype(np.float64)).sum(1) / x.shape[1] + 1) ** 3).sum()
