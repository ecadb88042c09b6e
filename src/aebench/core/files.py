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
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from aebench.core.errors import InputError

# A row of a table: column -> value, "" where it has none.
Row = dict[str, Any]
FOLDER = "a folder"


@contextlib.contextmanager
def atomic_write(path: Path) -> Iterator[Path]:
    """A temporary path that replaces `path` when the block ends without an error."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    with atomic_write(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


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
    """The content of a JSON file; raises InputError if it is cut, not JSON or not a file."""
    try:
        with open_regular(path) as file:
            return json.load(file)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise InputError(path, str(error.strerror), "a file") from None
    except ValueError:
        raise InputError(path, "damaged: not valid JSON") from None


def read_yaml(path: Path) -> Any:
    """The content of a YAML file; raises InputError if it is missing or not YAML."""
    # Imported here because it is slow and seldom needed.
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        # YAML 1.2, as DVC reads it, in which `1e-3` is a number.
        with open_regular(path) as file:
            text = file.read().decode()
        return YAML(typ="safe", pure=True).load(text)
    except FileNotFoundError:
        raise InputError(path, "no such file; run this in the project's folder") from None
    except OSError as error:
        raise InputError(path, str(error.strerror), "a file") from None
    # ValueError: UnicodeDecodeError, and datetime's for an impossible date.
    except (YAMLError, ValueError) as error:
        raise InputError(path, f"not valid YAML: {' '.join(str(error).split())}") from None
