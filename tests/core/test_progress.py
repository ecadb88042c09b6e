"""Progress bars in processes that are ended."""

import subprocess
import sys

PROGRAM = """
import multiprocessing, os
from aebench.core.progress import bar

multiprocessing.set_start_method("spawn")
with bar(total=1):
    # As a worker that is told to end, or killed.
    os._exit(0)
"""


def test_a_worker_that_is_ended_leaves_no_semaphore() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True)
    assert done.returncode == 0 and "leaked" not in done.stderr
