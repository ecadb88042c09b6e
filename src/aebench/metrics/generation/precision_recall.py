"""Precision and recall of generated images (Kynkäänniemi et al. 2019)."""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

NEIGHBOURS = 3


class PrecisionRecall(NamedTuple):
    """Shares: of generated images that look real, and of real ones that might be generated."""

    precision: float
    recall: float


def precision_recall(
    real: np.ndarray, generated: np.ndarray, neighbours: int = NEIGHBOURS
) -> PrecisionRecall:
    """By features N x D and M x D, N and M larger than `neighbours`.

    The manifold of a set is the union of balls around its points, each up to its `neighbours`-th
    nearest other point (ibid., eqs. 1 and 2). Both shares depend on N and M: compare values of
    equally many.
    """
    a, b = (torch.from_numpy(x).double() for x in (real, generated))
    return PrecisionRecall(_covered(b, a, neighbours), _covered(a, b, neighbours))


def _covered(points: Tensor, by: Tensor, neighbours: int) -> float:
    """The share of `points` in the manifold of `by`."""
    # A point itself is the nearest, at 0.
    radii = torch.cat(
        [_distances(part, by).kthvalue(neighbours + 1, dim=1).values for part in by.split(500)]
    )
    inside = [(_distances(part, by) <= radii).any(1) for part in points.split(500)]
    return torch.cat(inside).double().mean().item()


def _distances(x: Tensor, y: Tensor) -> Tensor:
    # By differences: by products a point would not be at 0 from itself.
    return torch.cdist(x, y, compute_mode="donot_use_mm_for_euclid_dist")
