"""Progress bars for terminals and log files."""

import sys
from collections.abc import Iterable
from typing import Any

from tqdm import tqdm


def bar(iterable: Iterable | None = None, **options: Any) -> tqdm:
    """tqdm's bar; in a log file, where each refresh is a line, it refreshes every 10 seconds."""
    return tqdm(iterable, mininterval=0.1 if sys.stderr.isatty() else 10, **options)
