"""The levels that tell a cell of a study from all others, as few as possible."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import combinations

from aebench.commands.named.entry import Parts
from aebench.core.errors import one_line
from aebench.experiments.cell import Levels


def shortest(places: Sequence[Levels]) -> list[Parts]:
    """For each place the fewest levels, in the order of the axes, that no other place has."""
    whole = list(map(_parts, places))
    short: list[Parts | None] = [None] * len(places)
    for size in range(max(map(len, whole), default=0)):
        counts = Counter(key for levels in whole for key in set(map(_key, _some(levels, size))))
        for i, levels in enumerate(whole):
            if short[i] is None:
                alone = (few for few in _some(levels, size) if counts[_key(few)] == 1)
                short[i] = next(alone, None)
    return [levels if few is None else few for few, levels in zip(short, whole, strict=True)]


def matching(places: Sequence[Levels], levels: Sequence[str]) -> list[int]:
    """The indices of the places that have these levels, whatever their axes.

    A level for each axis, in the axes' order, means one place at most.
    """
    whole = list(map(_parts, places))
    if tuple(levels) in whole:
        return [whole.index(tuple(levels))]
    wanted = Counter(levels)
    return [i for i, place in enumerate(whole) if wanted <= Counter(place)]


def _parts(place: Levels) -> Parts:
    # A name is one line, with / between its parts.
    return tuple(one_line(level).replace("/", "%2F") for level in place.values())


def _some(levels: Parts, size: int) -> Iterator[Parts]:
    return combinations(levels, size)


def _key(levels: Parts) -> Parts:
    return tuple(sorted(levels))
