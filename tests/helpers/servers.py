"""Servers of other programs, each in a session of its own, so that its workers end with it."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path

from aebench.tracking.server import URI


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


def mlflow(store: str, port: int, log: Path, *options: str) -> subprocess.Popen:
    """MLflow's server on this store, as `make dashboard` starts it."""
    command = [sys.executable, "-m", "mlflow", "server", "--workers", "1"]
    command += ["--host", "127.0.0.1", "--port", str(port), "--backend-store-uri", store, *options]
    environment = {k: v for k, v in os.environ.items() if k != URI}
    environment["MLFLOW_SERVER_ENABLE_JOB_EXECUTION"] = "false"
    return start(command, f"http://127.0.0.1:{port}/health", log, 180, environment)


def kill(process: subprocess.Popen) -> None:
    """SIGKILL, its workers too."""
    if process.poll() is None:
        os.killpg(process.pid, 9)
    process.wait()
