"""Source `table`: a `.parquet` or `.csv` file with a row per image and a column per pixel."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
from pydantic import Field

from aebench.core.errors import InputError
from aebench.core.files import open_regular
from aebench.core.memory import FLOAT, needs_memory
from aebench.data.columns import counting, in_order, looks_like_a_row, shown, suspects
from aebench.data.own import NO_LABELS, OwnData, channels_first
from aebench.data.raw import Raw
from aebench.data.values import Layout, to_uint8, unflattened

if TYPE_CHECKING:
    from pyarrow import RecordBatch
    from pyarrow.csv import ReadOptions

# Bytes of a CSV file read at a time; its first row must fit.
BLOCK = 2**24
NUMBERS = ("int", "uint", "float", "double", "halffloat", "bool")
SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "vertical bars", " ": "spaces"}


class _Columns(NamedTuple):
    """The columns that are pixels, in their order, and that of labels, if any."""

    pixels: list[str]
    label: str | None
    group: str | None
    notes: list[str]


class Table(OwnData):
    """All columns are pixels in their order, except the column `labels` and those to `ignore`.

    `labels: null` means the column `label` if it exists and is not ignored; with `none` that column
    is left out. Rows that are equal in the column `group` belong together. `size` is a row's shape;
    null: square. `layout` as in `values.py`.
    """

    source: Literal["table"]
    ignore: list[str] = Field(default_factory=list)
    layout: Layout | None = None

    def read(self) -> Raw:
        """Read the file; raises InputError also if it is damaged or a pixel is not a number."""
        columns, values, names, groups = self._read()
        doubtful = [*suspects(columns.pixels), *counting(columns.pixels, values)]
        arrays = self._images(values, doubtful)
        scaled, notes = to_uint8(arrays, self.range, self.path)
        if doubtful:
            notes.append(f"Used as pixels: {_doubt(doubtful)}")
        remarks = [*columns.notes, *notes]
        return self.raw(channels_first(scaled, self.color), names, remarks, groups)

    def check(self) -> None:
        """Raise InputError for what names, the number of rows and the labels show to be wrong."""
        columns, values, names, _ = self._read(first_only=True)
        rows = np.broadcast_to(np.float32(0), (len(values), len(columns.pixels)))
        self._images(rows, suspects(columns.pixels))
        self.labelled(len(rows), names)

    def _images(self, values: np.ndarray, doubtful: Sequence[str]) -> np.ndarray:
        doubt = f" ({_doubt(doubtful)})" if doubtful else ""
        arrays = unflattened(values, self.size, self.layout, self.path, doubt)
        self.refuse_large(arrays.shape[1:3], self.path)
        return arrays

    def _read(
        self, first_only: bool = False
    ) -> tuple[_Columns, np.ndarray, list[Any] | None, list[Any] | None]:
        """The columns, pixels (of the first column if `first_only`), labels and groups, if any."""
        from pyarrow import ArrowException

        path = self.location
        ending = path.suffix.lower()
        if ending not in FORMATS:
            raise InputError(self.path, allowed=f"a file named {' or '.join(FORMATS)}")
        names_of, batches_of = FORMATS[ending]
        header: list[str] = []
        try:
            with open_regular(path) as file:
                if ending == ".csv":
                    self._check_separators(file.readline(BLOCK))
            header = names_of(path)
            columns = self._columns(header)
            pixels = columns.pixels[:1] if first_only else columns.pixels
            texts = list(filter(None, (columns.label, columns.group)))
            values, named = self._values(batches_of(path, pixels, texts), pixels, texts)
        except FileNotFoundError:
            raise InputError(self.path, "no such file") from None
        except (ArrowException, OSError, UnicodeDecodeError) as error:
            raise InputError(self.path, *_reason(error, header)) from None
        names = named[columns.label] if columns.label else None
        if names and ending == ".csv":
            names = _as_whole_numbers(names)
        return columns, values, names, named[columns.group] if columns.group else None

    def _values(
        self, batches: Iterator["RecordBatch"], pixels: Sequence[str], texts: Sequence[str]
    ) -> tuple[np.ndarray, dict[str, list[Any]]]:
        """Pixels, float32 N x columns, and the columns of labels and groups."""
        parts: list[np.ndarray] = []
        named: dict[str, list[Any]] = {name: [] for name in texts}
        rows = 0
        for batch in batches:
            rows += len(batch)
            # Of this batch, and of all rows so far when they are joined.
            needs_memory((len(batch) + rows) * len(pixels) * FLOAT, self.path)
            part = np.empty((len(batch), len(pixels)), np.float32)
            # What is too large for float32 is infinite, and refused as such.
            with np.errstate(over="ignore"):
                for index, column in enumerate(pixels):
                    part[:, index] = self._numbers(batch.column(column), column, rows - len(batch))
            parts.append(part)
            for name, values in named.items():
                values += batch.column(name).to_pylist()
        if not rows:
            raise InputError(self.path, "no rows", "one an image")
        return np.concatenate(parts), named

    def _numbers(self, column: Any, name: str, before: int) -> np.ndarray:
        kind = str(column.type).rstrip("0123456789")
        if kind not in NUMBERS:
            raise InputError(
                self.path,
                f"column {shown([name])} has {column.type}",
                "numbers, or name it in `labels` or `ignore`",
            )
        if column.null_count:
            row = before + column.is_null().to_pylist().index(True) + 1
            raise InputError(self.path, f"row {row} has no number in column {shown([name])}")
        return column.to_numpy(zero_copy_only=False)

    def _columns(self, names: Sequence[str]) -> _Columns:
        if not names:
            raise InputError(self.path, "no columns", "one a pixel")
        repeated, number = Counter(names).most_common(1)[0]
        if number > 1 or looks_like_a_row(names):
            same = f"{number} columns are named {shown([repeated])}"
            raise InputError(
                self.path,
                same if number > 1 else f"its first row has numbers, {shown(names)}",
                "names in the first row, each once",
            )
        named = None if self.labels == NO_LABELS else self.labels
        for name in filter(None, [named, self.group, *self.ignore]):
            if name not in names:
                raise InputError(self.path, f"no column {shown([name])}", shown(names))
        label = named or ("label" if "label" in names else None)
        others = {label, self.group, *self.ignore}
        pixels = [name for name in names if name not in others]
        if not pixels:
            raise InputError(self.path, f"no column of pixels, but {shown(names)}")
        if self.labels == NO_LABELS or label in self.ignore:
            label = None
        ordered, notes = in_order(pixels)
        return _Columns(ordered, label, self.group, notes)

    def _check_separators(self, line: bytes) -> None:
        """Raise InputError if the first line of a CSV has other separators than commas."""
        if line.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise InputError(self.path, "text in UTF-16", "UTF-8")
        text = line.decode(errors="replace").strip()
        commas = text.count(",")
        for separator, name in SEPARATORS.items():
            if separator == " " and commas:
                # Names may have spaces in them.
                continue
            if text.count(separator) > commas:
                raise InputError(
                    self.path,
                    f"columns are separated by {name}",
                    "commas between columns, points in numbers",
                )


def _doubt(names: Sequence[str]) -> str:
    which = "columns that do" if len(names) > 1 else "a column that does"
    return f"{which} not look like pixels, {shown(names)}; `labels` or `ignore` takes it out"


def _reason(error: Exception, header: Sequence[str]) -> tuple[str, str]:
    """What is wrong with a table that pyarrow cannot read, and what is allowed."""
    text = " ".join((getattr(error, "strerror", None) or str(error)).split())
    # pyarrow counts the columns of a CSV from 0, and its first row is that of the names.
    cell = re.search(r"CSV column #(\d+): Row #(\d+): .*invalid value '(.*)'", text)
    if cell and int(cell[1]) < len(header):
        place = f"row {int(cell[2]) - 1} of column {shown([header[int(cell[1])]])}"
        value = shown([cell[3]])
        if re.fullmatch(r"[-+]?\d+,\d+", cell[3].strip()):
            return f"{value} in {place} has a decimal comma", "points"
        if re.fullmatch(r"[\d.]+(\W+[\d.]+)+", cell[3].strip()):
            return f"{value} in {place} is more than one number", "a column a pixel"
        return (
            f"{value} in {place} is no number",
            "numbers, or name the column in `labels` or `ignore`",
        )
    if isinstance(error, UnicodeDecodeError) or "UTF8" in text:
        return "not a readable table: its text is not UTF-8", "UTF-8"
    if row := re.search(r"Expected \d+ columns, got \d+", text):
        return f"not a readable table: {row[0]}", "commas between columns, points in numbers"
    return f"not a readable table: {text[:200]}", ""


def _as_whole_numbers(names: Sequence[Any]) -> list[Any]:
    """Labels `8.0` as `8` if all are whole numbers."""
    texts = [name.strip() if isinstance(name, str) else "" for name in names]
    if not all(re.fullmatch(r"[-+]?\d+(\.0*)?", text) for text in texts):
        return list(names)
    return [text.partition(".")[0] for text in texts]


def _read_options() -> "ReadOptions":
    """Single-threaded, so that errors always name the first faulty row."""
    from pyarrow import csv

    return csv.ReadOptions(block_size=BLOCK, use_threads=False)


def _csv_names(path: Path) -> list[str]:
    from pyarrow import csv

    with csv.open_csv(path, _read_options()) as reader:
        return reader.schema.names


def _csv_batches(
    path: Path, pixels: Sequence[str], texts: Sequence[str]
) -> Iterator["RecordBatch"]:
    import pyarrow
    from pyarrow import csv

    # Types are not inferred: a block of whole numbers may precede one of fractions.
    types = dict.fromkeys(pixels, pyarrow.float32()) | dict.fromkeys(texts, pyarrow.string())
    options = csv.ConvertOptions(
        column_types=types, include_columns=list(types), strings_can_be_null=True
    )
    with csv.open_csv(path, _read_options(), convert_options=options) as reader:
        yield from reader


def _parquet_names(path: Path) -> list[str]:
    from pyarrow.parquet import ParquetFile

    with ParquetFile(path) as file:
        return file.schema_arrow.names


def _parquet_batches(
    path: Path, pixels: Sequence[str], texts: Sequence[str]
) -> Iterator["RecordBatch"]:
    from pyarrow.parquet import ParquetFile

    with ParquetFile(path) as file:
        yield from file.iter_batches(1000, columns=[*pixels, *texts])


FORMATS: dict[str, tuple[Callable[[Path], list[str]], Callable[..., Iterator["RecordBatch"]]]] = {
    ".csv": (_csv_names, _csv_batches),
    ".parquet": (_parquet_names, _parquet_batches),
}
