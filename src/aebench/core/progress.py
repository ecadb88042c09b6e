"""Progress bars and notes, for people and for log files."""

import os
import sys
from collections.abc import Iterable
from typing import Any, TextIO

from tqdm import tqdm

from aebench.core.errors import one_line

# Set to 1 by --quiet: no bars and no notes, in worker processes neither.
QUIET = "AEBENCH_QUIET"


def quiet() -> bool:
    """Whether people asked for results and errors only."""
    return os.environ.get(QUIET) == "1"


def bar(iterable: Iterable | None = None, **options: Any) -> tqdm:
    """tqdm's bar; in a log file, where each refresh is a line, a few lines a minute."""
    if quiet():
        options["disable"] = True
    return tqdm(iterable, mininterval=0.1 if sys.stderr.isatty() else 10, **options)


def note(text: str, file: TextIO | None = None) -> None:
    """Print a line on what was done, on standard output unless `file` is given."""
    if not quiet():
        print(one_line(text), file=file)
