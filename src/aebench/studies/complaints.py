"""What people are told of cells that came to no result."""

import sys
from collections.abc import Iterable

from aebench.studies.cell import Outcome


def complain(outcomes: Iterable[Outcome]) -> None:
    """A line on stderr for each that is not ok; to be pruned is no fault."""
    for one in outcomes:
        if one.status not in ("ok", "pruned"):
            print(f"{one.cell.label}: {one.status}: {one.reason}", file=sys.stderr)
