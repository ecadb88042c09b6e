"""Reading and writing files; a file is written whole or not at all."""

import contextlib
import csv
import errno
import hashlib
import io
import json
import os
import stat
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from aebench.core.errors import InputError
from aebench.core.stops import disk_error

# Levels of lists and mappings in each other in JSON; records have about ten.
DEEPEST = 50
# What a system says of a path at which no file can be read or written.
UNUSABLE = (
    errno.EACCES,
    errno.EEXIST,
    # Of `open_regular`.
    errno.EINVAL,
    errno.EISDIR,
    errno.ELOOP,
    errno.ENAMETOOLONG,
    errno.ENOTDIR,
    errno.EPERM,
)
USABLE = "a file that may be used"

# A row of a table: column -> value, "" where it has none.
Row = dict[str, Any]
FOLDER = "a folder"


@contextlib.contextmanager
def atomic_write(path: Path) -> Iterator[Path]:
    """A temporary path that replaces `path` when the block ends without an error.

    What a killed process has left of the same file is removed.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with _naming(path):
        _remove_leftovers(path)
        prefix = f"{temporary_prefix(path)}{os.getpid()}."
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=prefix)
    os.close(handle)
    temporary = Path(name)
    try:
        with _naming(path):
            yield temporary
            os.chmod(temporary, 0o644)
            os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Have the errors of a disk name the file itself: by themselves they name none, or the other.

    The name of a temporary file tells people nothing.
    """
    try:
        yield
    except OSError as error:
        if disk_error(error) and (
            error.filename is None or temporary_prefix(path) in error.filename
        ):
            error.filename = str(path)
        raise


def _remove_leftovers(path: Path) -> None:
    prefix = temporary_prefix(path)
    for name in os.listdir(path.parent):
        pid = name.removeprefix(prefix).partition(".")[0]
        if name.startswith(prefix) and pid.isdecimal() and not _alive(int(pid)):
            (path.parent / name).unlink(missing_ok=True)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        pass
    return True


def temporary_prefix(path: Path) -> str:
    """What the name of `path` begins with until it is written: short enough for longer ones."""
    return f".{path.name[:50]}."


def write_text(path: Path, text: str) -> None:
    with atomic_write(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def remove(folder: Path, *patterns: str) -> None:
    """Remove a folder's files of these patterns, such as those of former results."""
    for pattern in patterns:
        for path in folder.glob(pattern):
            path.unlink()


def write_json(path: Path, value: Any) -> None:
    write_text(path, json.dumps(value, indent=2, sort_keys=True) + "\n")


def write_csv(
    path: Path, rows: Sequence[Mapping[str, Any]], columns: Sequence[str] | None = None
) -> None:
    """Write a table of these columns, by default the keys of the first row.

    An apostrophe precedes text that a spreadsheet would take for a formula (see `_cell`).
    """
    with (
        atomic_write(path) as temporary,
        # Names of files may have bytes that are no text.
        temporary.open("w", newline="", encoding="utf-8", errors="backslashreplace") as file,
    ):
        names = columns or list(rows[0])
        writer = csv.DictWriter(file, names, lineterminator="\n")
        writer.writerow({name: _cell(name) for name in names})
        writer.writerows({name: _cell(value) for name, value in row.items()} for row in rows)


def write_columns(path: Path, columns: Mapping[str, Iterable[Any]]) -> None:
    """Write a table by its columns, which are equally long; see `write_csv`."""
    rows = zip(*columns.values(), strict=True)
    write_csv(path, [dict(zip(columns, row, strict=True)) for row in rows])


def read_csv(path: Path) -> list[dict[str, str]]:
    """The rows of a table that `write_csv` wrote, all cells as text."""
    with path.open(newline="", encoding="utf-8") as file:
        return [
            {read_csv_text(name): read_csv_text(cell) for name, cell in row.items()}
            for row in csv.DictReader(file)
        ]


def read_csv_text(cell: str) -> str:
    """The text that `write_csv` was given for a cell."""
    return cell[1:] if cell[:1] == "'" and _is_formula(cell) else cell


def _cell(value: Any) -> Any:
    """Numbers are written as they are, also as text: `-1`, `+0.5`."""
    return f"'{value}" if isinstance(value, str) and _is_formula(value) else value


def _is_formula(text: str) -> bool:
    # Text that begins with apostrophes and a formula gets another, so that it can be read back.
    text = text.lstrip("'")
    if not text.startswith(("=", "+", "-", "@", "\t", "\r")):
        return False
    try:
        float(text)
    except ValueError:
        return True
    return False


def open_regular(path: Path) -> io.BufferedReader:
    """Open a regular file to read its bytes.

    Raises OSError for anything else, such as a named pipe, for whose writer `open` would wait.
    """
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if kind := special(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(errno.EINVAL, f"{kind}, not a regular file", str(path))
    return os.fdopen(handle, "rb")


def special(mode: int) -> str | None:
    """The kind of entry with this `st_mode`, in words; None for regular files and links."""
    if stat.S_ISREG(mode) or stat.S_ISLNK(mode):
        return None
    if stat.S_ISDIR(mode):
        return FOLDER
    if stat.S_ISFIFO(mode):
        return "a named pipe"
    return "a socket" if stat.S_ISSOCK(mode) else "a device"


def checksum(path: Path) -> str:
    """16 hex digits of the SHA-256 of a file."""
    with open_regular(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]


def read_json(path: Path) -> Any:
    """The content of a JSON file; raises InputError if it is cut, not JSON, or cannot be read.

    A missing one raises FileNotFoundError.
    """
    try:
        with usable(path), open_regular(path) as file:
            return parse_json(file.read())
    except ValueError:
        raise InputError(path, "damaged: not valid JSON") from None


def parse_json(data: bytes | str) -> Any:
    """The content of JSON in UTF-8; raises ValueError, also if it is nested more than 50 deep."""
    try:
        value = json.loads(data)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    level = [[value]]
    for _ in range(DEEPEST):
        level = [
            list(inner.values()) if isinstance(inner, dict) else inner
            for outer in level
            for inner in outer
            if isinstance(inner, dict | list)
        ]
    if level:
        raise ValueError("nested too deeply")
    return value


def read_yaml(path: Path) -> Any:
    """The content of a YAML file; raises InputError if it is missing, no YAML or too large."""
    # Imported here because it is slow and seldom needed.
    from aebench.core.yaml_text import parse_yaml

    try:
        with usable(path), open_regular(path) as file:
            return parse_yaml(file.read().decode())
    except FileNotFoundError:
        raise InputError(path, "no such file; run this in the project's folder") from None
    except UnicodeDecodeError:
        raise InputError(path, "not valid YAML: not UTF-8") from None
    except ValueError as error:
        raise InputError(path, str(error)) from None


@contextlib.contextmanager
def usable(path: Path) -> Iterator[None]:
    """Raise InputError, which names `path`, where the block finds that nothing can be there.

    Such as a name that is too long, a link in a ring, a folder in place of a file, or one that
    nobody may read. That nothing is there is left to the block.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in UNUSABLE:
            raise
        raise InputError(path, error.strerror or "", USABLE) from None
