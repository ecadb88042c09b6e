"""Report cells that have no result."""

import sys
from collections.abc import Iterable

from aebench.core.errors import one_line
from aebench.experiments.outcome import Outcome


def report_failures(outcomes: Iterable[Outcome]) -> None:
    """Print a line to stderr for each outcome that is neither ok nor pruned."""
    for outcome in outcomes:
        if outcome.status not in ("ok", "pruned"):
            line = f"{outcome.cell.label}: {outcome.status}: {outcome.reason}"
            print(one_line(line), file=sys.stderr)
