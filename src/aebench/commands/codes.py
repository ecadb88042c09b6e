"""Files of codes: `.npz`, or `.csv` for spreadsheets; both with the names of the images."""

import csv
import io
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from aebench.commands.images import leads_out
from aebench.core.errors import InputError
from aebench.core.files import atomic_write, open_regular, read_csv_text, write_columns
from aebench.data.npy import LABELS, read_npy
from aebench.data.values import NUMBERS

ENDINGS = (".npz", ".csv")
# What numpy, zipfile and csv raise for files that are none of theirs, or hold something else.
BAD = (
    ValueError,
    TypeError,
    KeyError,
    OSError,
    EOFError,
    # Of zipfile, for encrypted members.
    RuntimeError,
    zipfile.BadZipFile,
    zlib.error,
    csv.Error,
)


@dataclass(frozen=True)
class Codes:
    """float32, N x (numbers of a code), and the names and labels of the images that they are of."""

    names: list[str]
    numbers: np.ndarray
    labels: list[str] | None = None


def check_ending(path: Path) -> None:
    """Raises InputError where a file of codes cannot have this name."""
    if path.suffix not in ENDINGS:
        raise InputError(path, "not a file of codes", "names that end in .npz or .csv")


def write_codes(path: Path, codes: Codes) -> None:
    """`names` and `codes` in an .npz without pickle, or a .csv with a line an image.

    Its columns are name, code_1, code_2, ...; its numbers give the same float32 when read. Known
    labels are `labels` there, and here the column `label` behind the name.
    """
    if path.suffix == ".csv":
        columns: dict[str, Iterable[str]] = {"name": codes.names}
        if codes.labels is not None:
            columns["label"] = codes.labels
        for i, numbers in enumerate(codes.numbers.T, start=1):
            columns[f"code_{i}"] = map(str, numbers)
        write_columns(path, columns)
        return
    known: dict[str, Any] = {}
    if codes.labels is not None:
        known["labels"] = np.array(codes.labels)
    with atomic_write(path) as temporary, temporary.open("wb") as file:
        np.savez(file, names=np.array(codes.names), codes=codes.numbers, **known)


def read_codes(path: Path) -> Codes:
    """What `write_codes` wrote, but labels; raises InputError if it is missing, damaged or none."""
    check_ending(path)
    try:
        names, numbers = (_read_csv if path.suffix == ".csv" else _read_npz)(path)
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; `aebench encode` writes it") from None
    except BAD as error:
        text = " ".join(str(error).split())[:200]
        raise InputError(f"{path}: damaged, or no file of codes ({text})") from None
    if numbers.ndim != 2 or names.shape != numbers.shape[:1] or not numbers.size:
        raise InputError(
            path,
            f"{numbers.shape} numbers for {names.size} names",
            "a code for each of one or more images",
        )
    if not np.isfinite(numbers).all():
        raise InputError(f"{path}: not all numbers are finite")
    for name in names:
        # A name becomes a path below the output.
        if leads_out(str(name)):
            raise InputError(f"{path}: {str(name)!r} is no name of an image within a folder")
    return Codes(list(map(str, names)), numbers)


def _read_npz(path: Path) -> tuple[np.ndarray, np.ndarray]:
    with open_regular(path) as stream, zipfile.ZipFile(stream) as archive:

        def array(name: str, kinds: str) -> np.ndarray:
            member = archive.getinfo(f"{name}.npy")
            with archive.open(member) as file:
                return read_npy(file, member.file_size, kinds)

        return array("names", LABELS), array("codes", NUMBERS).astype(np.float32)


def _read_csv(path: Path) -> tuple[np.ndarray, np.ndarray]:
    # A spreadsheet may have put a byte order mark first.
    with io.TextIOWrapper(open_regular(path), newline="", encoding="utf-8-sig") as file:
        lines = csv.reader(file)
        header = next(lines, [])
        if header[:1] != ["name"]:
            raise ValueError("its first line is not: name,code_1,code_2,...")
        first = 2 if header[1:2] == ["label"] else 1
        names, codes = [], []
        for line in lines:
            if len(line) != len(header):
                raise ValueError(
                    f"line {lines.line_num}: {len(line)} columns, but {len(header)} names of them"
                )
            names.append(read_csv_text(line[0]))
            codes.append(_numbers(line[first:], lines.line_num))
    return np.array(names), np.array(codes, np.float32)


def _numbers(texts: Sequence[str], line: int) -> list[float]:
    try:
        return [float(text) for text in texts]
    except ValueError as error:
        raise ValueError(f"line {line}: {error}") from None
