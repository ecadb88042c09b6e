"""Which columns of a table are pixels, and their order, as far as names tell."""

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np

# Names of columns that are no pixels where names follow no pattern.
OTHER = frozenset(
    {"", "id", "index", "label", "labels", "class", "target", "digit", "name", "file", "filename"}
    | {"path", "usage", "split"}
)
NUMBER = re.compile(r"-?\d*\.?\d+(e-?\d+)?", re.IGNORECASE)
# Characters of a name in a message.
MAX_SHOWN = 40


def suspects(names: Sequence[str]) -> list[str]:
    """The columns whose names are unlike those of the others: `id` beside pixel0, pixel1, ..."""
    patterns = Counter(map(_pattern, names))
    largest = max(patterns.values())
    return [
        name
        for name in names
        if name.strip().casefold() in OTHER
        or (largest > 2 and 2 * patterns[_pattern(name)] < largest)
    ]


def counting(names: Sequence[str], values: np.ndarray) -> list[str]:
    """The columns of `values`, N x columns, that count the rows, though their names are usual."""
    # Infinite values are refused later on.
    with np.errstate(invalid="ignore"):
        candidates = np.flatnonzero(values[1:2] - values[:1] == 1)
        rises = (np.diff(values[:, candidates], axis=0) == 1).all(0) & (len(values) > 2)
    odd = set(suspects(names))
    return [names[i] for i in candidates[rises] if names[i] not in odd]


def in_order(names: Sequence[str]) -> tuple[list[str], list[str]]:
    """The columns in the order of their numbers if they are sorted as text, and notes.

    pixel0, pixel1, pixel10, pixel2 is such an order; columns without numbers stay in their places.
    """
    places: dict[str, list[int]] = {}
    for place, name in enumerate(names):
        places.setdefault(_pattern(name), []).append(place)
    ordered, notes = list(names), []
    for pattern, group in places.items():
        members = [names[place] for place in group]
        by_number = sorted(members, key=_numbers)
        if "#" not in pattern or by_number == members:
            continue
        example = shown(members[:3])
        if members == sorted(members):
            for place, name in zip(group, by_number, strict=True):
                ordered[place] = name
            notes.append(f"Columns in alphabetical order, {example}, are put in that of numbers")
        else:
            notes.append(
                f"Columns are not in the order of their numbers: {example}; they are used as they "
                "stand"
            )
    return ordered, notes


def looks_like_a_row(names: Sequence[str]) -> bool:
    """Whether the names are the values of an image rather than numbers that count columns."""
    if len(names) < 2 or not all(NUMBER.fullmatch(name.strip()) for name in names):
        return False
    numbers = [float(name) for name in names]
    counts = set(numbers) <= set(range(len(names) + 1))
    return not (counts or numbers == sorted(numbers) or list(names) == sorted(names))


def shown(names: Sequence[str]) -> str:
    """The first names, each quoted and shortened, and how many more there are."""
    more = len(names) - 5
    quoted = (
        repr(name if len(name) <= MAX_SHOWN else f"{name[:MAX_SHOWN]}...") for name in names[:5]
    )
    return ", ".join(quoted) + (f" and {more} more" if more > 0 else "")


def _pattern(name: str) -> str:
    return re.sub(r"\d+", "#", name)


def _numbers(name: str) -> list[tuple[int, str]]:
    """The numbers in a name, as what sorts like them: they may have more digits than int takes."""
    digits = (number.lstrip("0") or "0" for number in re.findall(r"\d+", name))
    return [(len(number), number) for number in digits]
