"""Servers of other programs, each in a session of its own, so that its workers end with it."""

import os
import socket
import subprocess
import time
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


def start(
    command: Sequence[str | Path],
    answers: str,
    log: Path,
    seconds: float,
    env: Mapping[str, str] | None = None,
) -> subprocess.Popen:
    """Start a server and wait, at most so many seconds, until this address answers.

    What it says goes to the end of `log`.
    """
    with log.open("a") as file:
        process = subprocess.Popen(
            command, cwd=log.parent, env=env, stdout=file, stderr=file, start_new_session=True
        )
    deadline = time.monotonic() + seconds
    while True:
        try:
            urllib.request.urlopen(answers, timeout=2).close()
            return process
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                kill(process)
                raise AssertionError(log.read_text()) from None
            time.sleep(0.1)


def kill(process: subprocess.Popen) -> None:
    """SIGKILL, its workers too."""
    if process.poll() is None:
        os.killpg(process.pid, 9)
    process.wait()
