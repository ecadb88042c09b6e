"""Arrays that may lie in mapped files, read a part at a time."""

from collections.abc import Iterator, Sequence

import numpy as np

from aebench.core.memory import allocate

# Values of a part: so many take 64 MiB as float64.
CHUNK_VALUES = 2**23


def chunk_length(array: np.ndarray) -> int:
    """Rows of N x ... in a part."""
    return max(1, CHUNK_VALUES * len(array) // max(1, array.size))


def chunks(array: np.ndarray) -> Iterator[np.ndarray]:
    """Consecutive parts of N x ..., as views."""
    step = chunk_length(array)
    return (array[start : start + step] for start in range(0, len(array), step))


def rows(array: np.ndarray, indices: Sequence[int] | np.ndarray) -> np.ndarray:
    """These rows of N x ...: a view if they follow each other, otherwise a copy."""
    indices = np.asarray(indices)
    if len(indices) and (np.diff(indices) == 1).all():
        return array[indices[0] : indices[-1] + 1]
    chosen = allocate((len(indices), *array.shape[1:]), array.dtype, f"{len(indices)} images")
    step = chunk_length(array)
    for start in range(0, len(indices), step):
        part = slice(start, start + step)
        chosen[part] = array[indices[part]]
    return chosen
