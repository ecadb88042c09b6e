"""The split into training, validation and test images, by seed and stratified by class."""

import numpy as np

from aebench.core.errors import InputError

TRAIN, VALIDATION, TEST = 0, 1, 2
# Of no part.
LEFT_OUT = 3


def split(
    labels: np.ndarray | None,
    official_test: np.ndarray | None,
    count: int,
    *,
    groups: np.ndarray | None = None,
    validation: int,
    test: int | None,
    seed: int,
) -> np.ndarray:
    """TRAIN, VALIDATION or TEST for each of `count` images, uint8, in exactly the numbers given.

    With labels, each class has the same share of each part, to within one image. An official test
    set is kept. With `groups`, int64 N, the images of a group are in one part, which has at least
    as many as were asked for, and shares of classes are left to chance. Raises InputError if the
    data have too few images or groups.
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
    if groups is not None:
        return _by_groups(groups, wanted, generator)
    for part, number in wanted.items():
        rest = np.flatnonzero(parts == TRAIN)
        parts[_stratified(rest, labels, number, generator)] = part
    return parts


def _by_groups(
    groups: np.ndarray, wanted: dict[int, int], generator: np.random.Generator
) -> np.ndarray:
    numbers, members, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    order = generator.permutation(len(numbers))
    ends = np.cumsum(sizes[order])
    part_of = np.full(len(numbers), TRAIN, np.uint8)
    begin, images = 0, 0
    for part, number in wanted.items():
        end = int(np.searchsorted(ends, images + number)) + 1
        part_of[order[begin:end]] = part
        begin, images = end, int(ends[min(end, len(ends)) - 1])
    if begin >= len(numbers):
        raise InputError(
            "sets",
            f"{len(numbers)} groups are too few for {' and '.join(map(str, wanted.values()))} "
            "images that are set aside in whole groups",
            "such that a group is left to train on",
        )
    return part_of[members]


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
