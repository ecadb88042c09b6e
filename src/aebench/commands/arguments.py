"""Types of command-line arguments."""

import argparse
import math
from collections.abc import Callable


def at_least(smallest: int) -> Callable[[str], int]:
    """The type of a whole number that is not below `smallest`."""

    def number(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = smallest - 1
        if value < smallest:
            raise argparse.ArgumentTypeError(
                f"{text} is not allowed; allowed: whole numbers from {smallest}"
            )
        return value

    return number


positive = at_least(1)


def above_zero(text: str) -> float:
    """The type of a finite number above 0."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"{text} is not allowed; allowed: numbers above 0")
    return value


def reason(text: str) -> str:
    """The type of a reason: some words."""
    if not text.strip():
        raise argparse.ArgumentTypeError("it is empty; allowed: the reason, in words")
    return text.strip()
