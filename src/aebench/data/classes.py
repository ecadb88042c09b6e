"""From the names that a source gives classes to labels that count from 0."""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from aebench.core.errors import InputError

# A label is one byte in the rows that classifiers are trained on.
MAX_CLASSES = 256
DIGITS = tuple("0123456789")


def numbered(names: Sequence[Any], where: str) -> tuple[np.ndarray, tuple[str, ...]]:
    """Labels, int64 N, and the classes that they number: in the order of numbers or of letters.

    Raises InputError, naming `where`, for a name that is missing and for too many classes.
    """
    words = [_word(name, row, where) for row, name in enumerate(names, start=1)]
    classes = set(words)
    if len(classes) > MAX_CLASSES:
        raise InputError(
            f"{where}: {len(classes)} different labels, such as {min(classes)}; "
            f"allowed: up to {MAX_CLASSES} classes"
        )
    whole = all(re.fullmatch(r"-?\d+", word) for word in classes)
    ordered = sorted(classes, key=(lambda word: (int(word), word)) if whole else None)
    number = {word: label for label, word in enumerate(ordered)}
    return np.array([number[word] for word in words], np.int64), tuple(ordered)


def _word(name: Any, row: int, where: str) -> str:
    if isinstance(name, bytes):
        name = name.decode(errors="replace")
    if isinstance(name, float) and name.is_integer():
        name = int(name)
    word = " ".join(str(name).split())
    if name is None or name != name or not word.isprintable() or not word:
        raise InputError(f"{where}: image {row}: its label is {name!r}; allowed: a name or number")
    return word
