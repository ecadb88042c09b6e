"""Progress bars and notes, for people and for log files."""

import os
import sys
import threading
from collections.abc import Iterable
from typing import Any, TextIO

from tqdm import tqdm

from aebench.core.errors import one_line

# Set to 1 by --quiet: no bars and no notes, in worker processes neither.
QUIET = "AEBENCH_QUIET"

# The bars of a process are its own. tqdm's lock is one of forked processes, too: of a worker that
# is ended it would remain, and Python would tell people of a leaked semaphore.
tqdm.set_lock(threading.RLock())


def quiet() -> bool:
    """Whether people asked for results and errors only."""
    return os.environ.get(QUIET) == "1"


# The line of the terminal for this process's bars, counted from the first process's.
_line = 0


def use_line(number: int) -> None:
    """Show this process's bars below those of `number` other processes."""
    global _line
    _line = number


def bar(iterable: Iterable | None = None, **options: Any) -> tqdm:
    """tqdm's bar; in a log file, where each refresh is a line, a few lines a minute."""
    if quiet():
        options["disable"] = True
    if sys.stderr.isatty():
        return tqdm(iterable, mininterval=0.1, position=_line or None, **options)
    return tqdm(iterable, mininterval=10, **options)


def close_bars() -> None:
    """End all bars' lines, those too whose loop an error has left."""
    for open_bar in list(getattr(tqdm, "_instances", ())):
        open_bar.close()


def counted(number: int, word: str) -> str:
    """`1 image`, `2 images`."""
    return f"{number} {word}{'' if number == 1 else 's'}"


def note(text: str, file: TextIO | None = None) -> None:
    """Print a line on what was done, on standard output unless `file` is given."""
    if not quiet():
        print(one_line(text), file=file)
