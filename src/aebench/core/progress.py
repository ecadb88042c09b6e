"""Progress bars for terminals and log files."""

import sys
from collections.abc import Iterable
from typing import Any

from tqdm import tqdm


def bar(iterable: Iterable | None = None, **options: Any) -> tqdm:
    """tqdm's bar, refreshed only every 10 seconds in a log file, which gets a line each time."""
    return tqdm(iterable, mininterval=0.1 if sys.stderr.isatty() else 10, **options)
