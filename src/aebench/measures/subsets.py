"""Subsets of images that are the same in every run."""

import numpy as np

from aebench.core.seeding import derive


def fixed_indices(count: int, limit: int | None, purpose: str) -> np.ndarray:
    """At most `limit` of `count` indices, ascending; always the same ones for a purpose."""
    if limit is None or count <= limit:
        return np.arange(count)
    generator = np.random.default_rng(derive("some of", purpose))
    return np.sort(generator.permutation(count)[:limit])
