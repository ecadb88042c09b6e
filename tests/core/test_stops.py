"""Signals, full disks and folders that are read-only: one line, its exit code, no half file."""

import errno
import logging
import os
import resource
import signal
import sqlite3
import warnings
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from safetensors import SafetensorError

from aebench.cli import main
from aebench.core.files import atomic_write, write_csv, write_json, write_text
from aebench.core.progress import bar
from aebench.core.sealed import write_sealed
from aebench.core.stops import SIGNALS, Stopped, disk_error, stoppable
from aebench.data.prepared import Prepared
from aebench.plots.style import save_figure

KEPT = "; no file is half-written; "


@pytest.fixture
def check(monkeypatch, capsys):
    """`check(task)`: exit code and lines of `aebench check`, which does this instead."""

    def check(task) -> tuple[int, list[str]]:
        monkeypatch.setattr("aebench.config.params.load_params", task)
        monkeypatch.setattr("sys.argv", ["aebench", "check"])
        return main(), capsys.readouterr().err.splitlines()

    return check


@pytest.mark.parametrize(
    ("number", "code", "said"),
    [
        (signal.SIGINT, 130, "interrupted"),
        (signal.SIGTERM, 143, "terminated"),
        (signal.SIGHUP, 129, "the terminal was closed"),
    ],
)
def test_a_signal_is_one_line(number, code, said, check) -> None:
    before = [signal.getsignal(number) for number in SIGNALS]
    lines = [f"aebench: {said}{KEPT}the same command begins again"]
    assert check(lambda: os.kill(os.getpid(), number)) == (code, lines)
    assert [signal.getsignal(number) for number in SIGNALS] == before


def test_a_signal_that_is_ignored_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with stoppable():
            os.kill(os.getpid(), signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)
    with pytest.raises(Stopped), stoppable():
        os.kill(os.getpid(), signal.SIGTERM)


FULL, READ_ONLY = "with more room, ", "where it may write, "


@pytest.mark.parametrize(
    ("error", "said", "condition"),
    [
        (OSError(errno.ENOSPC, "", "a/b"), "a/b: No space left on device", FULL),
        (OSError(errno.EDQUOT, ""), "Disk quota exceeded", FULL),
        (OSError(errno.EFBIG, ""), "File too large", FULL),
        (OSError(errno.EROFS, "", "a"), "a: Read-only file system", READ_ONLY),
        (PermissionError(errno.EACCES, "", "a"), "a: Permission denied", READ_ONLY),
        (
            SafetensorError("I/O error: No space left on device (os error 28)"),
            "No space left on device",
            FULL,
        ),
        (sqlite3.OperationalError("database or disk is full"), "No space left on device", FULL),
        (
            sqlite3.OperationalError("attempt to write a readonly database"),
            "Read-only file system",
            READ_ONLY,
        ),
    ],
)
@pytest.mark.parametrize("wrapped", [False, True])
def test_an_error_of_the_disk_is_one_line(error, said, condition, wrapped, check) -> None:
    def fail() -> None:
        try:
            raise error
        except Exception:
            if not wrapped:
                raise
            raise RuntimeError("something failed") from error

    assert check(fail) == (1, [f"aebench: {said}{KEPT}{condition}the same command begins again"])


def test_other_errors_are_not_the_disk_s() -> None:
    for error in (FileNotFoundError(errno.ENOENT, "", "a"), ConnectionRefusedError(), ValueError()):
        assert disk_error(error) is None


def test_nothing_stands_before_the_line_or_on_it(check) -> None:
    def fail() -> None:
        warnings.warn("old", stacklevel=1)
        logging.getLogger("alembic").warning("old")
        for _ in bar(range(3), desc="training"):
            raise OSError(errno.ENOSPC, "")

    code, lines = check(fail)
    assert code == 1
    assert all(line.startswith("training: ") for line in lines[:-1] if line)
    assert lines[-1].startswith("aebench: No space left")
    assert logging.getLogger("alembic").isEnabledFor(logging.WARNING)


def prepared() -> Prepared:
    images = np.zeros((600, 1, 6, 6), np.uint8)
    return Prepared(images, None, np.repeat([0, 1, 2], 200).astype(np.uint8), ())


WRITERS = {
    "text": lambda path: write_text(path, "a" * 9999),
    "json": lambda path: write_json(path, ["a" * 9999]),
    "csv": lambda path: write_csv(path, [{"a": "a" * 9999}]),
    "sealed": lambda path: write_sealed(path, {"a": "a" * 9999}),
    "png": lambda path: save_figure(Figure(), path),
    "prepared": lambda path: prepared().save(path),
}


@pytest.mark.parametrize("name", WRITERS)
def test_a_full_disk_leaves_no_half_file(name, tmp_path) -> None:
    path = tmp_path / "file"
    path.write_text("before")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        with pytest.raises((OSError, SafetensorError)) as caught:
            WRITERS[name](path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert [file.read_text() for file in tmp_path.iterdir()] == ["before"]
    stop = disk_error(caught.value)
    assert stop and stop.full
    assert stop.path in (path, None)


def test_what_a_killed_process_has_left_is_removed(tmp_path) -> None:
    for name in (".a.json.999999999.x", f".a.json.{os.getpid()}.x", ".b.json.999999999.x"):
        (tmp_path / name).touch()
    write_json(tmp_path / "a.json", {})
    left = sorted(path.name for path in tmp_path.iterdir())
    assert left == sorted([f".a.json.{os.getpid()}.x", ".b.json.999999999.x", "a.json"])


def test_a_folder_that_is_read_only_is_named_not_the_temporary_file(tmp_path, monkeypatch) -> None:
    def refuse(**_: object) -> None:
        raise OSError(errno.EROFS, "", str(tmp_path / ".a.json.1.x"))

    monkeypatch.setattr("tempfile.mkstemp", refuse)
    with pytest.raises(OSError) as caught, atomic_write(tmp_path / "a.json"):
        pass
    stop = disk_error(caught.value)
    assert stop and stop.path == Path(tmp_path / "a.json") and not stop.full
