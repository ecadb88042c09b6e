"""Optuna's storage on a real PostgreSQL server, which the test starts."""

import getpass
import math
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from aebench.experiments.recipe import Recipe

pytestmark = pytest.mark.integration
# Debian's package does not put initdb on the PATH.
DEBIAN = Path("/usr/lib/postgresql")


def programs() -> Path | None:
    """Return the folder of PostgreSQL's programs; None if it is not installed."""
    if initdb := shutil.which("initdb"):
        return Path(initdb).resolve().parent
    return max(DEBIAN.glob("*/bin"), default=None)


@pytest.fixture(scope="module")
def postgresql() -> Iterator[str]:
    """Start a server with an empty database; yields its address."""
    pytest.importorskip("psycopg", reason="needs psycopg: pip install 'aebench[postgresql]'")
    bin = programs()
    if bin is None:
        pytest.skip("needs PostgreSQL: apt install postgresql")
    # PostgreSQL refuses to run as root.
    as_user = {"user": "postgres"} if os.geteuid() == 0 else {}
    with tempfile.TemporaryDirectory(prefix="aebench-postgresql-") as name:
        if as_user:
            try:
                shutil.chown(name, "postgres")
            except LookupError:
                pytest.skip("needs a user 'postgres', since PostgreSQL does not run as root")
        data = Path(name, "data")
        user = as_user.get("user", getpass.getuser())
        command = [bin / "initdb", "--pgdata", data, "--auth", "trust", "--username", user]
        initdb = subprocess.run(command, capture_output=True, text=True, cwd=name, **as_user)
        assert initdb.returncode == 0, initdb.stderr
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        options = ["-h", "127.0.0.1", "-p", str(port), "-k", name]
        with Path(name, "log").open("w") as log:
            server = subprocess.Popen(
                [bin / "postgres", "-D", data, *options],
                cwd=name,
                stdout=log,
                stderr=log,
                **as_user,
            )
        try:
            ready = [bin / "pg_isready", "--host", "127.0.0.1", "--port", str(port), "--quiet"]
            wait_until_ready(ready, server, Path(name, "log"))
            yield f"postgresql+psycopg://{user}@127.0.0.1:{port}/postgres"
        finally:
            # PostgreSQL's fast shutdown.
            server.send_signal(signal.SIGINT)
            server.wait(30)


def wait_until_ready(ready: list, server: subprocess.Popen, log: Path) -> None:
    """Wait until the server accepts connections: its port is open before that."""
    deadline = time.monotonic() + 60
    while server.poll() is None and time.monotonic() < deadline:
        if subprocess.run(ready).returncode == 0:
            return
        time.sleep(0.1)
    pytest.fail(f"PostgreSQL does not start: {log.read_text()}")


def losses(recipe: Recipe) -> list[float] | str:
    rate = recipe.training.optimizer.lr
    if rate > 3e-2:
        return "diverged"
    end = (math.log10(rate) + 2) ** 2 + recipe.model.dropout
    return [end + 0.5**epoch for epoch in range(6)]


class Cut(BaseException):
    """Simulates a SIGKILL."""


def test_a_resumed_sweep_is_the_same_as_in_a_file(postgresql, drive, tried) -> None:
    trainings = 0

    def cut(recipe: Recipe) -> list[float] | str:
        nonlocal trainings
        trainings += 1
        if trainings % 4 == 0:
            raise Cut
        return losses(recipe)

    for _ in range(20):
        try:
            resumed = drive(cut, postgresql, trials=10)
        except Cut:
            continue
        break
    assert trainings == 13
    whole = tried(drive(losses, trials=10))
    assert tried(resumed) == whole
    assert [math.inf] in [values for _, _, values, _, _ in whole]
