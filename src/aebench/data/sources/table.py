"""Source `table`: a `.parquet` or `.csv` file with a row per image and a column per pixel."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from pydantic import Field

from aebench.core.errors import InputError
from aebench.data.own import MAX_BYTES, OwnData
from aebench.data.raw import Raw
from aebench.data.values import Layout, Range, to_uint8, unflattened

if TYPE_CHECKING:
    from pyarrow import RecordBatch
    from pyarrow.csv import ReadOptions

# Bytes of a CSV file read at a time; its first row must fit.
BLOCK = 2**24
NUMBERS = ("int", "uint", "float", "double", "halffloat", "bool")


class Table(OwnData):
    """All columns are pixels in their order, except the column `labels` and those to `ignore`.

    `labels: null` means the column `label` if it exists. `size` is a row's shape; null: square.
    `layout` and `range` as in `values.py`.
    """

    source: Literal["table"]
    labels: str | None = None
    ignore: list[str] = Field(default_factory=list)
    layout: Layout | None = None
    range: Range | None = None

    def read(self) -> Raw:
        """Read the file; raises InputError also if it is damaged or a pixel is not a number."""
        from pyarrow import ArrowException

        path = self.location
        if path.suffix.lower() not in FORMATS:
            raise InputError(self.path, allowed=f"a file named {' or '.join(FORMATS)}")
        if not path.is_file():
            raise InputError(self.path, "no such file")
        names_of, batches_of = FORMATS[path.suffix.lower()]
        columns: list[str] = []
        try:
            columns = names_of(path)
            pixels, label = self._columns(columns)
            values, names = self._read(batches_of(path, pixels, label), pixels, label)
        except (ArrowException, OSError, UnicodeDecodeError) as error:
            # pyarrow counts the columns of a CSV from 0.
            text = re.sub(r"#(\d+)(?=: Row)", lambda match: columns[int(match[1])], str(error))
            text = " ".join(text.split())[:200]
            raise InputError(self.path, f"not a readable table: {text}") from None
        arrays = unflattened(values, self.size, self.layout, self.path)
        self.refuse_large(arrays.shape[1:3], self.path)
        scaled, notes = to_uint8(arrays, self.range, self.path)
        return self.raw(scaled, names, notes)

    def _read(
        self, batches: Iterator["RecordBatch"], pixels: Sequence[str], label: str | None
    ) -> tuple[np.ndarray, list[Any] | None]:
        """Pixels, float32 N x columns, and labels, if any."""
        parts: list[np.ndarray] = []
        names: list[Any] = []
        rows = 0
        for batch in batches:
            part = np.empty((len(batch), len(pixels)), np.float32)
            if rows * part[:1].nbytes + part.nbytes > MAX_BYTES:
                raise InputError(self.path, allowed=f"up to {MAX_BYTES // 4} pixels in all")
            for index, column in enumerate(pixels):
                part[:, index] = self._numbers(batch.column(column), column, rows)
            parts.append(part)
            if label:
                names += batch.column(label).to_pylist()
            rows += len(batch)
        if not rows:
            raise InputError(self.path, "no rows", "one an image")
        return np.concatenate(parts), names or None

    def _numbers(self, column: Any, name: str, before: int) -> np.ndarray:
        kind = str(column.type).rstrip("0123456789")
        if kind not in NUMBERS:
            raise InputError(
                self.path,
                f"column '{name}' has {column.type}",
                "numbers, or name it in `labels` or `ignore`",
            )
        if column.null_count:
            row = before + column.is_null().to_pylist().index(True) + 1
            raise InputError(self.path, f"row {row} has no number in column '{name}'")
        return column.to_numpy(zero_copy_only=False)

    def _columns(self, names: Sequence[str]) -> tuple[list[str], str | None]:
        """The columns of pixels, and that of labels."""
        repeated, number = Counter(names).most_common(1)[0]
        if number > 1:
            raise InputError(
                self.path,
                f"{number} columns are named '{repeated}'",
                "names in the first row, each once",
            )
        for name in filter(None, [self.labels, *self.ignore]):
            if name not in names:
                raise InputError(self.path, f"no column '{name}'", _first(names))
        label = self.labels or ("label" if "label" in names else None)
        pixels = [name for name in names if name != label and name not in self.ignore]
        if not pixels:
            raise InputError(self.path, f"no column of pixels, but {_first(names)}")
        return pixels, label


def _read_options() -> "ReadOptions":
    """Single-threaded, so that errors always name the first faulty row."""
    from pyarrow import csv

    return csv.ReadOptions(block_size=BLOCK, use_threads=False)


def _csv_names(path: Path) -> list[str]:
    from pyarrow import csv

    with csv.open_csv(path, _read_options()) as reader:
        return reader.schema.names


def _csv_batches(path: Path, pixels: Sequence[str], label: str | None) -> Iterator["RecordBatch"]:
    import pyarrow
    from pyarrow import csv

    # Types are not inferred: a block of whole numbers may precede one of fractions.
    types = dict.fromkeys(pixels, pyarrow.float32()) | ({label: pyarrow.string()} if label else {})
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
    path: Path, pixels: Sequence[str], label: str | None
) -> Iterator["RecordBatch"]:
    from pyarrow.parquet import ParquetFile

    with ParquetFile(path) as file:
        yield from file.iter_batches(1000, columns=[*pixels, *([label] if label else [])])


FORMATS = {".csv": (_csv_names, _csv_batches), ".parquet": (_parquet_names, _parquet_batches)}


def _first(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
