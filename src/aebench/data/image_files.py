"""Reads many image files, by several processes where they are many; results are in their order."""

import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context, parent_process
from pathlib import Path

from aebench.core.cores import cores
from aebench.data.image_file import Picture, Unreadable

# Of fewer files one process has read most before others have started.
WORTH_IT = 2000
# Files that a process reads at a time, and how often as many as there are processes wait.
BATCH, AHEAD = 20, 4
MOST_PROCESSES = 32

# Reads an image or its header; raises Unreadable.
Reader = Callable[[Path], Picture]
Result = Picture | Unreadable


def read_files(read: Reader, paths: Sequence[Path]) -> Iterator[Result]:
    """Read files one after another: of each its picture, or why it is not readable."""
    return (_attempt(read, path) for path in paths)


def read_files_by_processes(read: Reader, paths: Sequence[Path]) -> Iterator[Result]:
    """The same by a process for each core, if that is sooner; `read` can be pickled."""
    processes = min(cores(), MOST_PROCESSES)
    if len(paths) < WORTH_IT or processes < 2:
        return read_files(read, paths)
    return _read_by(processes, read, paths)


def _read_by(processes: int, read: Reader, paths: Sequence[Path]) -> Iterator[Result]:
    # A fork of a process with threads, such as PyTorch's, may hang.
    context = get_context("spawn")
    batches = (paths[start : start + BATCH] for start in range(0, len(paths), BATCH))
    waiting: deque[Future[list[Result]]] = deque()
    pool = ProcessPoolExecutor(processes, context, _begin)
    try:
        for batch in batches:
            waiting.append(pool.submit(_attempt_each, read, batch))
            if len(waiting) >= AHEAD * processes:
                yield from waiting.popleft().result()
        while waiting:
            yield from waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def _begin() -> None:
    """In a worker: leave interrupts to the parent, and end with it, even if it is killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    assert parent
    parent.join()
    os._exit(1)


def _attempt_each(read: Reader, paths: Sequence[Path]) -> list[Result]:
    return list(read_files(read, paths))


def _attempt(read: Reader, path: Path) -> Result:
    try:
        return read(path)
    except Unreadable as error:
        return error
