"""Numbers and differences for people."""

# With fewer pairs of seeds there is no verdict, and it is said how many there are.
PAIRS = 5


def effect(one: dict) -> str:
    """A difference for people: `-0.81 (-0.95 to -0.67)`, and of few pairs how many they were."""
    if one["effect"] is None:
        return "none: no pair has both values"
    few = f", {one['seeds']} of {PAIRS} pairs" if one["seeds"] < PAIRS else ""
    if one["interval"] is None:
        return f"{number(one['effect'], True)}{few}"
    low, high = one["interval"]
    return f"{number(one['effect'], True)} ({number(low, True)} to {number(high, True)}){few}"


def number(value: float | None, sign: bool = False, decimals: int = 0) -> str:
    """Three significant digits, and at least so many decimals."""
    if value is None:
        return "none"
    form = "+" if sign else ""
    text = f"{value:{form}.3g}"
    if "e+" in text:
        return f"{value:{form},.{max(0, decimals)}f}"
    shown = len(text.partition(".")[2])
    return f"{value:{form}.{decimals}f}" if decimals > shown and "e" not in text else text
