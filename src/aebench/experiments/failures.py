"""Cells that came to no result, told to people."""

import sys
from collections.abc import Iterable

from aebench.experiments.outcome import Outcome


def report_failures(outcomes: Iterable[Outcome]) -> None:
    """A line on stderr for each that is not ok; to be pruned is no fault."""
    for one in outcomes:
        if one.status not in ("ok", "pruned"):
            print(f"{one.cell.label}: {one.status}: {one.reason}", file=sys.stderr)
