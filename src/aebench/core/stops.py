"""What ends a command from outside: Ctrl-C, SIGTERM, a full disk, a folder that is read-only."""

import contextlib
import errno
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import NoReturn

# Also what a shell and a closed terminal send.
SIGNALS = {
    signal.SIGINT: "interrupted",
    signal.SIGTERM: "terminated",
    signal.SIGHUP: "the terminal was closed",
}
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
READ_ONLY = (errno.EROFS, errno.EACCES, errno.EPERM)
# What libraries say in place of an OSError: those that are written in Rust or C++, and SQLite.
SAYINGS = {os.strerror(number): number for number in (*FULL, errno.EROFS, errno.EACCES)} | {
    "database or disk is full": errno.ENOSPC,
    "attempt to write a readonly database": errno.EROFS,
}


class Stopped(SystemExit):
    """Raised in the main thread by one of `SIGNALS`; its code is 128 + the signal's number.

    No KeyboardInterrupt, which Lightning would turn into an exit with 1.
    """

    def __init__(self, number: int):
        super().__init__(128 + number)
        self.number = number

    def __str__(self) -> str:
        return SIGNALS[signal.Signals(self.number)]


@contextlib.contextmanager
def stoppable() -> Iterator[None]:
    """Within the block `SIGNALS` raise Stopped, save those that are ignored, as by `nohup`."""
    before = {number: signal.getsignal(number) for number in SIGNALS}
    for number, handler in before.items():
        if handler != signal.SIG_IGN:
            signal.signal(number, _stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _stop(number: int, _: FrameType | None) -> NoReturn:
    raise Stopped(number)


@contextlib.contextmanager
def signals_held() -> Iterator[None]:
    """Keep Ctrl-C, and what a closed terminal sends, from the threads and processes begun inside.

    A terminal sends them to all processes: those that work for this one end when it ends. What
    comes meanwhile is delivered afterwards.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGHUP})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class DiskError:
    """A disk that is full or cannot be written to, as the cause of an error.

    `reason` is the system's, `path` what could not be written, if that is known.
    """

    def __init__(self, number: int, path: Path | None):
        self.number, self.path = number, path

    @property
    def full(self) -> bool:
        return self.number in FULL

    def __str__(self) -> str:
        where = f"{self.path}: " if self.path else ""
        return f"{where}{os.strerror(self.number)}"


def disk_error(error: BaseException | None) -> DiskError | None:
    """The disk's part in an error or in one of its causes; None if it has none."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in (*FULL, *READ_ONLY):
            name = error.filename
            path = Path(os.fsdecode(name)) if isinstance(name, str | bytes) else None
            return DiskError(error.errno, path)
        for saying, number in SAYINGS.items():
            if saying in str(error):
                return DiskError(number, None)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return None
