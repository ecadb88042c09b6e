"""Sealed records: JSON files with checksums of themselves and of the files beside them.

What lies on disk is believed only while it matches: half a file, or one with a flipped bit, is
named and never used.
"""

import hashlib
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from aebench.core.errors import InputError
from aebench.core.files import atomic_write, checksum, open_regular, parse_json, usable

SEAL, FILES = "checksum", "files"
CUT = "damaged: cut, or altered since it was written"


class Damaged(InputError):
    """A file is missing, cut or altered since it was written."""


def write_sealed(path: Path, record: dict[str, Any], files: Iterable[str] = ()) -> None:
    """Write `record` and the checksums of itself and of `files`, names in the same folder.

    The files have reached the disk before the record that says that they are complete.
    """
    checksums = {}
    for name in files:
        _sync(path.parent / name)
        checksums[name] = checksum(path.parent / name)
    if checksums:
        record = record | {FILES: checksums}
    record = record | {SEAL: _seal(record)}
    with atomic_write(path) as temporary:
        temporary.write_text(json.dumps(record, indent=2, sort_keys=True) + "\n", encoding="utf-8")
        _sync(temporary)
        _sync(path.parent)


def read_sealed(path: Path) -> dict[str, Any]:
    """Return the record; raises Damaged if it is cut or altered."""
    try:
        with usable(path), open_regular(path) as file:
            record = parse_json(file.read())
        seal = record.pop(SEAL)
    except (ValueError, AttributeError, TypeError):
        raise Damaged(path, CUT) from None
    except KeyError:
        raise Damaged(path, "without a checksum, as older versions wrote it") from None
    if seal != _seal(record):
        raise Damaged(path, CUT)
    return record


def sealed_file(folder: Path, name: str, record: dict[str, Any]) -> Path:
    """Return the path of a file that `record` vouches for; raises Damaged if it does not match."""
    path = folder / name
    try:
        intact = checksum(path) == record.get(FILES, {}).get(name)
    except FileNotFoundError:
        raise Damaged(path, "missing") from None
    if not intact:
        raise Damaged(path, CUT)
    return path


def verify(path: Path) -> dict[str, Any]:
    """Return the record; raises Damaged, which names the file, unless it and its files match."""
    record = read_sealed(path)
    for name in record.get(FILES, {}):
        sealed_file(path.parent, name, record)
    return record


def _seal(record: dict[str, Any]) -> str:
    text = json.dumps(record, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
