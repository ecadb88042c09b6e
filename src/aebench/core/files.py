"""Reading and writing files; a file is written whole or not at all."""

import contextlib
import csv
import hashlib
import json
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from aebench.core.errors import InputError
from aebench.core.stops import disk_error

# A row of a table: column -> value, "" where it has none.
Row = dict[str, Any]


@contextlib.contextmanager
def atomic_write(path: Path) -> Iterator[Path]:
    """A temporary path that replaces `path` when the block ends without an error.

    What a killed process has left of the same file is removed.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with _naming(path):
        _remove_leftovers(path)
        prefix = f".{path.name}.{os.getpid()}."
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
        if disk_error(error) and (error.filename is None or f".{path.name}." in error.filename):
            error.filename = str(path)
        raise


def _remove_leftovers(path: Path) -> None:
    prefix = f".{path.name}."
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


def write_text(path: Path, text: str) -> None:
    with atomic_write(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(path: Path, value: Any) -> None:
    write_text(path, json.dumps(value, indent=2, sort_keys=True) + "\n")


def write_csv(
    path: Path, rows: Sequence[Mapping[str, Any]], columns: Sequence[str] | None = None
) -> None:
    """Write a table of these columns, by default the keys of the first row."""
    with atomic_write(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns or list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def checksum(path: Path) -> str:
    """16 hex digits of the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]


def read_json(path: Path) -> Any:
    """The content of a JSON file; raises InputError if it is cut or not JSON."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        raise InputError(path, "damaged: not valid JSON") from None


def read_yaml(path: Path) -> Any:
    """The content of a YAML file; raises InputError if it is missing or not YAML."""
    # Imported here because it is slow and seldom needed.
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        # YAML 1.2, as DVC reads it, in which `1e-3` is a number.
        return YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(path, "no such file; run this in the project's folder") from None
    except OSError as error:
        raise InputError(path, str(error.strerror), "a file") from None
    # ValueError: UnicodeDecodeError, and datetime's for an impossible date.
    except (YAMLError, ValueError) as error:
        raise InputError(path, f"not valid YAML: {' '.join(str(error).split())}") from None
