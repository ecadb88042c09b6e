"""Optuna's storage on a real PostgreSQL, which the test starts for itself."""

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
# The package does not put initdb on the path.
DEBIAN = Path("/usr/lib/postgresql")


def programs() -> Path | None:
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    return max(DEBIAN.glob("*/bin"), default=None)


@pytest.fixture(scope="module")
def postgresql() -> Iterator[str]:
    """The address of an empty database, of a server with a folder of its own."""
    pytest.importorskip("psycopg", reason="comes with the extra postgresql")
    bin = programs()
    if bin is None:
        pytest.skip("needs PostgreSQL: apt install postgresql")
    # It refuses to run as root.
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
        made = subprocess.run(command, capture_output=True, text=True, cwd=name, **as_user)
        if made.returncode:
            pytest.skip(f"initdb failed: {made.stderr.strip()}")
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
            wait_until_ready(port, server, Path(name, "log"))
            yield f"postgresql+psycopg://{user}@127.0.0.1:{port}/postgres"
        finally:
            # Its fast shutdown.
            server.send_signal(signal.SIGINT)
            server.wait(30)


def wait_until_ready(port: int, server: subprocess.Popen, log: Path) -> None:
    deadline = time.monotonic() + 60
    while server.poll() is None and time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    pytest.skip(f"PostgreSQL does not start: {log.read_text()}")


def losses(recipe: Recipe) -> list[float] | str:
    rate = recipe.training.optimizer.lr
    if rate > 3e-2:
        return "diverged"
    end = (math.log10(rate) + 2) ** 2 + recipe.model.dropout
    return [end + 0.5**epoch for epoch in range(6)]


class Cut(BaseException):
    """Stands for a SIGKILL."""


def test_a_sweep_is_the_same_there_also_when_it_is_cut(postgresql, drive, tried) -> None:
    done = 0

    def cut(recipe: Recipe) -> list[float] | str:
        nonlocal done
        done += 1
        if done % 4 == 0:
            raise Cut
        return losses(recipe)

    for _ in range(20):
        try:
            there = drive(cut, postgresql, trials=10)
        except Cut:
            continue
        break
    assert done == 13
    here = tried(drive(losses, trials=10))
    assert tried(there) == here
    assert [math.inf] in [values for _, _, values, _, _ in here]
