"""Labels that count from 0, from a source's class names."""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from aebench.core.errors import InputError

# Most characters of a class's name, as of a folder's.
MAX_LENGTH = 255
# Rows with labels, on which classifiers are trained, store a label in one byte.
MAX_CLASSES = 256
DIGITS = tuple("0123456789")


def numbered(names: Sequence[Any], where: str) -> tuple[np.ndarray, tuple[str, ...]]:
    """Labels, int64 N, and the sorted class names: by value if all are whole numbers.

    Raises InputError, which begins with `where`, for a missing name and for too many classes.
    """
    # By type, too: 1, 1.0 and True are equal, but not the same text.
    known: dict[tuple[type, Any], str] = {}
    for row, name in enumerate(names, start=1):
        if (type(name), name) not in known:
            known[type(name), name] = _text(name, row, where)
    texts = [known[type(name), name] for name in names]
    classes = set(texts)
    if len(classes) > MAX_CLASSES:
        raise InputError(
            where,
            f"{len(classes)} different labels, such as {min(classes)}",
            f"up to {MAX_CLASSES} classes, or `labels: none`",
        )
    whole = all(re.fullmatch(r"-?\d+", text) for text in classes)
    ordered = sorted(classes, key=(lambda text: (int(text), text)) if whole else None)
    labels = {text: label for label, text in enumerate(ordered)}
    return np.array([labels[text] for text in texts], np.int64), tuple(ordered)


def _text(name: Any, row: int, where: str) -> str:
    if isinstance(name, bytes):
        name = name.decode(errors="backslashreplace")
    if isinstance(name, float) and name.is_integer():
        name = int(name)
    text = "" if name is None or name != name else " ".join(str(name).split())
    if not text or not text.isprintable() or len(text) > MAX_LENGTH:
        shown = (
            f"{str(name)[:40]!r}..., of {len(text)} characters" if len(text) > 40 else repr(name)
        )
        raise InputError(
            f"{where}: image {row}",
            f"its label is {shown}",
            f"a name or number of up to {MAX_LENGTH} characters",
        )
    return text
