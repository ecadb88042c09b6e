"""Precision and recall of generated images (Kynkäänniemi et al. 2019)."""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

NEIGHBOURS = 3


class PrecisionRecall(NamedTuple):
    """The shares of generated images that look real, and of real ones that could be generated."""

    precision: float
    recall: float


def precision_recall(
    real: np.ndarray, generated: np.ndarray, neighbours: int = NEIGHBOURS
) -> PrecisionRecall:
    """Precision and recall by features N x D and M x D, N and M larger than `neighbours`.

    The manifold of a set is the union of balls around its points, each up to its `neighbours`-th
    nearest other point (ibid., eqs. 1 and 2). Both shares depend on N and M, so compare only
    values of equally many.
    """
    a, b = (torch.from_numpy(x).double() for x in (real, generated))
    return PrecisionRecall(_covered(b, a, neighbours), _covered(a, b, neighbours))


def _covered(points: Tensor, by: Tensor, neighbours: int) -> float:
    """The share of `points` in the manifold of `by`."""
    # One more, since each point is its own nearest, at distance 0.
    radii = torch.cat(
        [_distances(part, by).kthvalue(neighbours + 1, dim=1).values for part in by.split(500)]
    )
    inside = [(_distances(part, by) <= radii).any(1) for part in points.split(500)]
    return torch.cat(inside).double().mean().item()


def _distances(x: Tensor, y: Tensor) -> Tensor:
    # By differences; by matrix products, a point's distance from itself would not be 0.
    return torch.cdist(x, y, compute_mode="donot_use_mm_for_euclid_dist")
