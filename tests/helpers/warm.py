"""Starts commands in processes of their own that find the large libraries imported already.

To import PyTorch, Lightning and MLflow takes a process longer than all that most tests ask of it.
Each process is forked from a server that has imported these libraries, and nothing of aebench.
Tests of what is imported, and of kills from within DVC, start Python anew.
"""

import atexit
import contextlib
import io
import json
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from multiprocessing import reduction
from pathlib import Path

LIBRARIES = [
    "torch",
    "torch._dynamo",
    "pytorch_lightning",
    "mlflow",
    "mlflow.store.tracking.sqlalchemy_store",
    "optuna",
    "pandas",
    "scipy.stats",
    "matplotlib.pyplot",
]
# As `aebench` has it; the libraries are imported before it is called.
os.environ["OPENBLAS_NUM_THREADS"] = "1"
_server = multiprocessing.get_context("forkserver")
_server.set_forkserver_preload(LIBRARIES)


class Command:
    """A process under way, in a session of its own."""

    def __init__(
        self, target: Callable[..., None], arguments: tuple[str, ...], cwd: Path | str, env: Mapping
    ):
        output = Path(tempfile.mkdtemp())
        self._stdout, self._stderr = output / "stdout", output / "stderr"
        streams = [str(self._stdout), str(self._stderr)]
        self._process = _server.Process(
            target=_run, args=(target, arguments, str(cwd), dict(env), streams)
        )
        self._process.start()
        self.pid = self._process.pid
        # From then on it has a session of its own, which signals reach.
        while not self._stderr.exists():
            time.sleep(0.01)

    @property
    def errors(self) -> str:
        """What it has written to stderr so far."""
        return self._stderr.read_text()

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def wait(self, seconds: float = 180) -> int:
        """Wait for its end; returns its exit code."""
        self._process.join(seconds)
        if self.returncode is None:
            self.kill()
            raise TimeoutError(self.errors)
        return self.returncode

    def finish(self, code: int = 0) -> tuple[str, str]:
        """Wait for its end with this exit code; returns what it wrote to stdout and stderr."""
        assert self.wait() == code, self._stdout.read_text() + self.errors
        return self._stdout.read_text(), self.errors

    def kill(self) -> None:
        """SIGKILL, its workers too."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self._process.join()

    def halted(self, condition: Callable[[], bool]) -> bool:
        """Whether the condition holds of the command at a halt, which it then stays in.

        What is seen of a command that runs may be over before the test can act on it.
        """
        os.killpg(self.pid, signal.SIGSTOP)
        if condition():
            return True
        os.killpg(self.pid, signal.SIGCONT)
        return False

    @property
    def workers(self) -> list[int]:
        """The processes that it has spawned to train, and those that these have."""
        answer = subprocess.run(
            ["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True
        )
        parents = [tuple(map(int, line.split())) for line in answer.stdout.splitlines()]
        found, queue = [], [self.pid]
        while queue:
            now = queue.pop()
            children = [child for child, parent in parents if parent == now]
            found += children
            queue += children
        return [pid for pid in sorted(found) if "spawn_main" in _command(pid)]


def _command(pid: int) -> str:
    return Path("/proc", str(pid), "cmdline").read_text().replace("\0", " ")


def aebench(*arguments: str, cwd: Path | str, env: Mapping[str, str]) -> Command:
    """Start `aebench` with these arguments in a session of its own."""
    return Command(_aebench, arguments, cwd, env)


def python(program: str, *arguments: str, cwd: Path | str, env: Mapping[str, str]) -> Command:
    """Start a program with these arguments in a session of its own."""
    return Command(_python, (program, *arguments), cwd, env)


@cache
def folder() -> Path:
    """A folder whose `aebench` is started so, for shells and for DVC, which start commands.

    Not to be killed: what it started would go on.
    """
    place = Path(tempfile.mkdtemp())
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(place / "socket"))
    listening.listen()
    threading.Thread(target=_answer_all, args=(listening,), daemon=True).start()
    command = place / "aebench"
    command.write_text(ASK.format(python=sys.executable, socket=str(place / "socket")))
    command.chmod(0o755)
    return place


# Sends its arguments, folder, environment and streams; its exit code is the answer.
ASK = """#!{python} -IS
import json, os, socket, sys
server = socket.socket(socket.AF_UNIX)
server.connect({socket!r})
asked = json.dumps([sys.argv[1:], os.getcwd(), dict(os.environ)]).encode()
socket.send_fds(server, [len(asked).to_bytes(8, "big")], [1, 2])
server.sendall(asked)
sys.exit(int(server.makefile().readline()))
"""


def _answer_all(listening: socket.socket) -> None:
    while True:
        connection, _ = listening.accept()
        threading.Thread(target=_answer, args=(connection,), daemon=True).start()


def _answer(connection: socket.socket) -> None:
    size, streams, _, _ = socket.recv_fds(connection, 8, 2)
    asked = connection.makefile("rb").read(int.from_bytes(size, "big"))
    arguments, cwd, env = json.loads(asked)
    duplicates = [_Stream(stream) for stream in streams]
    process = _server.Process(target=_run, args=(_aebench, arguments, cwd, env, duplicates))
    process.start()
    for stream in streams:
        os.close(stream)
    process.join()
    connection.sendall(f"{process.exitcode}\n".encode())
    connection.close()


class _Stream:
    """A stream of ours in the process that is being started."""

    def __init__(self, number: int):
        self._number = number

    def __reduce__(self) -> tuple:
        return _inherited, (reduction.DupFd(self._number),)


def _inherited(duplicate: reduction.DupFd) -> int:
    return duplicate.detach()


def _python(program: str, *arguments: str) -> None:
    sys.argv[:] = ["-c", *arguments]
    exec(program, {"__name__": "__main__"})


def _aebench(*arguments: str) -> None:
    sys.argv[:] = ["aebench", *arguments]
    from aebench.cli import main

    sys.exit(main())


def _run(
    target, arguments: Sequence[str], cwd: str, env: dict[str, str], streams: Sequence[str | int]
) -> None:
    os.setsid()
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    sys.path[:0] = filter(None, env.get("PYTHONPATH", "").split(os.pathsep))
    for number, stream in enumerate(streams, 1):
        if isinstance(stream, str):
            stream = os.open(stream, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(stream, number)
        os.close(stream)
    # The server's own know where in another file they stand.
    sys.stdout = io.TextIOWrapper(io.FileIO(1, "w", closefd=False))
    sys.stderr = io.TextIOWrapper(
        io.FileIO(2, "w", closefd=False), errors="backslashreplace", line_buffering=True
    )
    try:
        target(*arguments)
    finally:
        # multiprocessing leaves by os._exit.
        atexit._run_exitfuncs()
