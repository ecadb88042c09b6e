"""Numbers and differences as text."""

from collections.abc import Mapping
from typing import Any

# With fewer pairs of seeds there is no verdict, and the text says how many there are.
PAIRS = 5


def effect(case: Mapping[str, Any]) -> str:
    """The `effect` of a case with its `interval`, and the number of pairs if they are few.

    `-0.81 (-0.95 to -0.67), 4 of at least 5 pairs`
    """
    if case["effect"] is None:
        return "none: no pair has both values"
    few = f", {case['seeds']} of at least {PAIRS} pairs" if case["seeds"] < PAIRS else ""
    if case["interval"] is None:
        return f"{number(case['effect'], True)}{few}"
    low, high = case["interval"]
    return f"{number(case['effect'], True)} ({number(low, True)} to {number(high, True)}){few}"


def number(value: float | None, sign: bool = False, decimals: int = 0) -> str:
    """A number with three significant digits and at least `decimals` decimals."""
    if value is None:
        return "none"
    form = "+" if sign else ""
    text = f"{value:{form}.3g}"
    if "e+" in text:
        return f"{value:{form},.{max(0, decimals)}f}"
    shown = len(text.partition(".")[2])
    return f"{value:{form}.{decimals}f}" if decimals > shown and "e" not in text else text
