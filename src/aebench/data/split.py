"""The split into training, validation and test images, by seed and stratified by class."""

import numpy as np

from aebench.core.errors import InputError

TRAIN, VALIDATION, TEST = 0, 1, 2


def split(
    labels: np.ndarray | None,
    official_test: np.ndarray | None,
    count: int,
    *,
    validation: int,
    test: int | None,
    seed: int,
) -> np.ndarray:
    """TRAIN, VALIDATION or TEST for each of `count` images, uint8, in exactly the numbers given.

    With labels, each class has the same share of each part, to within one image. An official test
    set is kept. Raises InputError if the data have too few images.
    """
    if official_test is not None and test is not None:
        raise InputError("sets", "'test' is given, but the source has a test set of its own")
    if official_test is None and test is None:
        raise InputError("sets", "'test' is missing, and the source has no test set of its own")
    parts = np.full(count, TRAIN, np.uint8)
    if official_test is not None:
        parts[official_test] = TEST
    wanted = {VALIDATION: validation} | ({TEST: test} if test else {})
    free = int((parts == TRAIN).sum())
    if sum(wanted.values()) >= free:
        raise InputError(
            "sets",
            f"{sum(wanted.values())} images are to be set aside, "
            f"but only {free} are there and some must be left to train on",
        )
    generator = np.random.default_rng(seed)
    for part, number in wanted.items():
        rest = np.flatnonzero(parts == TRAIN)
        parts[_stratified(rest, labels, number, generator)] = part
    return parts


def _stratified(
    candidates: np.ndarray, labels: np.ndarray | None, number: int, generator: np.random.Generator
) -> np.ndarray:
    order = generator.permutation(candidates)
    if labels is None:
        return order[:number]
    # Each class's share is rounded down; the rest goes to the largest remainders.
    classes, sizes = np.unique(labels[candidates], return_counts=True)
    exact = number * sizes / len(order)
    taken = np.floor(exact).astype(int)
    rest = number - int(taken.sum())
    taken[np.argsort(taken - exact, kind="stable")[:rest]] += 1
    members = [order[labels[order] == label] for label in classes]
    return np.concatenate([m[:k] for m, k in zip(members, taken, strict=True)])
