"""What `tuning.csv` tells of a study's tuning, a row a trial."""

from collections.abc import Sequence

from aebench.core.files import Row


def rounds(rows: Sequence[Row]) -> int:
    """How often all levels were tried: once, and again each time that their spaces widened."""
    return max((_round(row) for row in rows), default=1)


def at_border(rows: Sequence[Row], axis: str) -> set[str]:
    """The levels whose best settings lay at a border in the last round."""
    last = rounds(rows)
    return {row[axis] for row in rows if row["border"] and _round(row) == last}


def _round(row: Row) -> int:
    return int(row.get("round", 1))
