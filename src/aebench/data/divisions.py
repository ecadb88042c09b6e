"""Other divisions of prepared data into training, validation and test images."""

from dataclasses import replace
from functools import lru_cache

import numpy as np

from aebench.data.prepared import Prepared
from aebench.data.split import LEFT_OUT, TEST, split

# Divisions kept in memory. They share the images.
KEPT = 64


@lru_cache(maxsize=KEPT)
def redrawn(prepared: Prepared, seed: int) -> Prepared:
    """All images divided anew by `seed`, into parts of the same sizes, stratified by class."""
    parts = split(
        prepared.labels,
        None,
        len(prepared.images),
        validation=prepared.count("validation"),
        test=prepared.count("test"),
        seed=seed,
    )
    return replace(prepared, split=parts)


def of_checksum(prepared: Prepared, checksum: str, seed: int) -> Prepared:
    """The division of the data with this checksum: as they are, or as `seed` redraws them.

    Where neither has it, the data as they are.
    """
    if prepared.checksum != checksum and prepared.count("test"):
        other = redrawn(prepared, seed)
        if other.checksum == checksum:
            return other
    return prepared


@lru_cache(maxsize=KEPT)
def without_test(prepared: Prepared) -> Prepared:
    """The same data without test images: what uses them cannot look at one."""
    parts = np.where(prepared.split == TEST, np.uint8(LEFT_OUT), prepared.split)
    return replace(prepared, split=parts)
