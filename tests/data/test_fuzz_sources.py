"""Whatever arrays, tables and image files hold, they are read rightly or refused in one line."""

import csv
import io
import math
import os
import tempfile
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow
import pyarrow.parquet
import tifffile
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

from aebench.core.errors import InputError
from aebench.data.image_file import Unreadable, read_header, read_image
from aebench.data.own import OwnData
from aebench.data.raw import Raw, check_raw
from aebench.data.sources.array import ArrayFile
from aebench.data.sources.images import ImageFolder
from aebench.data.sources.table import Table

COUNTS = {"validation": 1, "test": 12}
RANGES = st.sampled_from([[0, 255], [-1, 5.5], [0, 4095], [-1e6, 2e9], [5, 300]])
SIZES = st.sampled_from([[2, 2], [3, 3], [1, 4], [4, 4], [5, 3]])
OPTIONS = {
    "range": RANGES,
    "size": SIZES,
    "color": st.sampled_from(["grey", "rgb"]),
}


def read(source: OwnData) -> Raw | None:
    """What the source reads, if that is valid; None if it raises an InputError of one line."""
    try:
        with warnings.catch_warnings():
            # It would be a line before the error's.
            warnings.simplefilter("error", RuntimeWarning)
            raw = source.read()
    except InputError as error:
        line = str(error)
        assert line and "\n" not in line and len(line) < 900
        return None
    check_raw(raw, source.source)
    # What is read is not refused beforehand.
    source.check()
    return raw


def write_and_read(kind: type[OwnData], name: str, content: bytes, options: dict) -> Raw | None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name)
        path.write_bytes(content)
        source = {ArrayFile: "array", Table: "table"}[kind]
        return read(kind(source=source, path=str(path), **COUNTS, **options))


def share_of_white(values: np.ndarray, bounds: Sequence[float] | None) -> np.ndarray:
    """Numbers as a share of the way from black to white."""
    if bounds:
        black, white = bounds
    elif values.dtype == np.uint8:
        black, white = 0, 255 if values.max() > 1 else 1
    else:
        black, white = 0, 1 if values.min() >= -0.1 and values.max() <= 1.1 else 255
    return ((values.astype(float) - black) / (white - black)).clip(0, 1)


def laid_out(values: np.ndarray, options: dict) -> np.ndarray | None:
    """N x C x H x W; None if the images are scaled to another size."""
    size, layout = options.get("size"), options.get("layout")
    if values.ndim == 2:
        pixels = values.shape[1]
        height, width = size or [math.isqrt(pixels)] * 2
        if height * width == pixels:
            return values.reshape(-1, 1, height, width)
        height, width = size or [math.isqrt(pixels // 3)] * 2
        if layout == "chw":
            return values.reshape(-1, 3, height, width)
        return values.reshape(-1, height, width, 3).transpose(0, 3, 1, 2)
    if values.ndim == 3:
        values = values[:, None]
    elif layout != "chw" and values.shape[3] in (1, 3):
        values = values.transpose(0, 3, 1, 2)
    return None if size and list(values.shape[2:]) != size else values


def assert_same(raw: Raw, expected: np.ndarray) -> None:
    """Compare with `expected`, N x C x H x W in [0, 1], in colour or as its grey values."""
    tolerance = 0.5 / 255 + 1e-6
    if raw.images.shape[1] < expected.shape[1]:
        # ITU-R 601-2, rounded once more.
        expected = np.tensordot(expected, [0.299, 0.587, 0.114], (1, 0))[:, None]
        tolerance = 1.1 / 255
    assert raw.images.shape[0] == len(expected) and raw.images.shape[2:] == expected.shape[2:]
    assert np.abs(raw.images / 255 - expected).max() <= tolerance


def assert_same_classes(raw: Raw, names: Sequence) -> None:
    """The same label for the same name, and for no other."""
    pairs = set(zip(raw.labels.tolist(), names, strict=True))
    assert len(pairs) == len(raw.classes) == len(set(names))


@st.composite
def damaged(draw, content: bytes) -> bytes:
    """The bytes with a few of them altered, taken out or put in, or with their end cut off."""
    data = bytearray(content)
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, len(data)))
        match draw(st.sampled_from(["alter", "alter", "alter", "insert", "remove", "cut"])):
            case "alter":
                data[place : place + 1] = bytes([draw(st.integers(0, 255))])
            case "cut":
                del data[place:]
            case "remove":
                del data[place : place + draw(st.integers(1, 4))]
            case "insert":
                data[place:place] = draw(st.binary(min_size=1, max_size=8))
    return bytes(data)


def written(write, *content) -> bytes:
    file = io.BytesIO()
    write(file, *content)
    return file.getvalue()


# Arrays.
TYPES = ["u1", "i1", "u2", ">u2", "i4", "u8", "i8", "f2", "f4", ">f4", "f8", "?"]
ROWS = st.sampled_from([24, 24, 24, 24, 22])
SHAPES = st.one_of(
    st.tuples(ROWS, st.sampled_from([1, 4, 9, 12, 27, 48, 7])),
    st.tuples(ROWS, *[st.integers(1, 4)] * 2),
    st.tuples(ROWS, *[st.integers(1, 4)] * 3),
)
LABELS = st.sampled_from(["U3", "i8", "f8", "?", "S2"]).flatmap(lambda kind: hnp.arrays(kind, ROWS))


@st.composite
def numbers(draw, shapes=SHAPES) -> np.ndarray:
    """An array of any type, in the usual ranges or beyond."""
    shape, kind = draw(shapes), np.dtype(draw(st.sampled_from([*TYPES, *TYPES, "c8", "U2", "S2"])))
    most = draw(st.sampled_from([1, 1.05, 16, 255, 255, 4095, None]))
    if most is None or kind.kind not in "uif":
        return draw(hnp.arrays(kind, shape))
    generator = np.random.default_rng(draw(st.integers(0, 9)))
    return (generator.random(shape) * most).astype(kind)


@given(
    numbers(),
    st.none() | LABELS,
    st.fixed_dictionaries(
        {},
        optional=OPTIONS | {"layout": st.sampled_from(["hwc", "chw"]), "labels": st.just("none")},
    ),
    st.booleans(),
)
def test_any_array(values, labels, options, zipped) -> None:
    if zipped:
        arrays = {"images": values} | ({} if labels is None else {"labels": labels})
        content = written(lambda file: np.savez(file, **arrays))
    else:
        content = written(np.save, values)
    raw = write_and_read(ArrayFile, "a.npz" if zipped else "a.npy", content, options)
    if raw is None:
        return
    expected = laid_out(share_of_white(values, options.get("range")), options)
    if expected is not None:
        assert_same(raw, expected)
    if raw.labels is not None:
        assert_same_classes(raw, labels.tolist())


IMAGES = (np.arange(24 * 12) % 256).astype(np.uint16).reshape(24, 3, 4)
NPY = written(np.save, IMAGES)
NPZ = written(lambda file: np.savez_compressed(file, images=IMAGES, labels=np.arange(24) % 2))


@given(damaged(NPY))
def test_a_damaged_array(content) -> None:
    write_and_read(ArrayFile, "a.npy", content, {})


@given(damaged(NPZ))
def test_a_damaged_archive(content) -> None:
    write_and_read(ArrayFile, "a.npz", content, {})


# Tables.
NAMES = st.one_of(
    st.sampled_from([[f"pixel{i}" for i in range(n)] for n in (3, 4, 9, 12, 16)]),
    st.sampled_from([["id", *map(str, range(n))] for n in (3, 4, 9)]),
    st.sampled_from([["label", *[f"p{i}" for i in range(n)]] for n in (4, 9, 12)]),
    st.lists(
        st.text(max_size=6) | st.sampled_from(["label", "1", "0.5", ""]), max_size=9, unique=True
    ),
)
CELLS = st.one_of(
    st.sampled_from(
        ["", "NA", "nan", "inf", "0,5", "1 2 3", '"', "x", "1e400", "-1", "0.5", "300"]
    ),
    st.text(max_size=5),
)
TABLE_OPTIONS = st.fixed_dictionaries(
    {},
    optional=OPTIONS
    | {
        "labels": st.sampled_from(["none", "none", "p1"]),
        "ignore": st.sampled_from([["id"], ["label"], ["p0"]]),
    },
)


def pixels_of(names: Sequence[str], options: dict) -> list[str]:
    """The columns that are pixels; those of NAMES are in order."""
    label = options.get("labels", "label")
    left_out = {"label" if label == "none" else label, *options.get("ignore", ())}
    return [name for name in names if name not in left_out]


def assert_table(raw: Raw | None, names: Sequence[str], rows: list[list], options: dict) -> None:
    pixels = pixels_of(names, options)
    if raw is None or list(map(len, pixels)) != sorted(map(len, pixels)):
        # Columns may have been put into another order, of which test_columns.py knows.
        return
    columns = [names.index(name) for name in pixels]
    values = np.array([[float(row[i]) for i in columns] for row in rows], np.float32)
    assert_same(raw, laid_out(share_of_white(values, options.get("range")), options))


@given(
    NAMES,
    st.integers(0, 9),
    st.sampled_from([1, 255, 255.0, 4000]),
    st.lists(st.tuples(st.integers(0, 25), st.integers(0, 15), CELLS), max_size=2),
    st.sampled_from([",", ",", ",", ",", ";", "\t"]),
    st.sampled_from(["\n", "\r\n"]),
    TABLE_OPTIONS,
)
def test_any_csv(names, seed, most, odd, separator, end, options) -> None:
    generator = np.random.default_rng(seed)
    numbers = generator.random((26, len(names))) * most
    rows = [
        [str(value if isinstance(most, float) else int(value)) for value in row] for row in numbers
    ]
    for row, column, cell in odd:
        if column < len(names):
            rows[row][column] = cell
    text = io.StringIO()
    writer = csv.writer(text, delimiter=separator, lineterminator=end)
    writer.writerows([names, *rows])
    content = text.getvalue().encode("utf-8", "surrogatepass")
    assert_table(write_and_read(Table, "a.csv", content, options), names, rows, options)


@given(NAMES, st.lists(numbers(st.just((24,))), min_size=16, max_size=16), TABLE_OPTIONS)
def test_any_parquet(names, columns, options) -> None:
    names = list(dict.fromkeys(name.encode(errors="ignore").decode() for name in names))
    arrays = [column for column in columns[: len(names)] if parquet_holds(column)]
    names = names[: len(arrays)]
    native = [array.astype(array.dtype.newbyteorder("=")) for array in arrays]
    table = pyarrow.table([pyarrow.array(array) for array in native], names=names)
    content = written(lambda file: pyarrow.parquet.write_table(table, file))
    raw = write_and_read(Table, "a.parquet", content, options)
    assert_table(raw, names, list(zip(*arrays, strict=True)), options)


def parquet_holds(column: np.ndarray) -> bool:
    """Whether there is a type for it: not for complex numbers, nor for half of a surrogate pair."""
    text = "".join(column) if column.dtype.kind == "U" else ""
    return column.dtype.kind != "c" and text == text.encode(errors="ignore").decode()


LINES = ["label,p0,p1,p2,p3", *(f"{i % 3},{i},{9 * i},0.5,255" for i in range(26)), ""]
FRAME = pyarrow.table({f"p{i}": list(range(i, 240 + i, 10)) for i in range(4)})
PARQUET = written(lambda file: pyarrow.parquet.write_table(FRAME, file))


@given(damaged("\n".join(LINES).encode()))
def test_a_damaged_csv(content) -> None:
    write_and_read(Table, "a.csv", content, {})


@given(damaged(PARQUET))
def test_a_damaged_parquet(content) -> None:
    write_and_read(Table, "a.parquet", content, {})


# Image files.
SIDES = st.tuples(st.integers(1, 6), st.integers(1, 6))


@given(
    numbers(SIDES | st.tuples(st.integers(1, 6), st.integers(1, 6), st.just(3))),
    st.booleans(),
    st.none() | RANGES,
)
def test_any_tiff(values, inverted, bounds) -> None:
    """Grey of any type, and colour of 8 bits."""
    if values.dtype.kind not in "uif" or (values.ndim == 3 and values.dtype != np.uint8):
        return
    inverted &= values.ndim == 2
    photometric = "rgb" if values.ndim == 3 else "miniswhite" if inverted else "minisblack"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a.tif")
        tifffile.imwrite(path, values, photometric=photometric)
        try:
            pixels = read_image(path, bounds=bounds).pixels
        except Unreadable as error:
            assert "\n" not in str(error)
            return
        assert read_header(path, bounds=bounds).pixels.shape == pixels.shape[:2]
    black, white = bounds or (0, np.iinfo(values.dtype).max)
    assert black <= values.min() and values.max() <= white
    expected = (values.astype(float) - black) / (white - black)
    expected = 1 - expected if inverted else expected
    assert np.abs(pixels / 255 - expected).max() <= 0.5 / 255 + 1e-6


FILES = {
    f"a.{ending}": written(Image.fromarray(array).save, kind)
    for ending, kind in {
        "png": "PNG",
        "jpg": "JPEG",
        "tif": "TIFF",
        "gif": "GIF",
        "bmp": "BMP",
    }.items()
    for array in [np.arange(48, dtype=np.uint8).reshape(4, 4, 3)]
} | {
    "deep.png": written(Image.fromarray(IMAGES[0] * 100).save, "PNG"),
    "a.pgm": b"P5 4 3 4095 " + bytes(24),
}


@given(st.data(), st.sampled_from(sorted(FILES)), st.none() | RANGES)
def test_a_damaged_image(data, name, bounds) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name)
        path.write_bytes(data.draw(damaged(FILES[name])))
        for reader in (read_image, read_header):
            try:
                pixels = reader(path, bounds=bounds).pixels
            except Unreadable as error:
                assert str(error) and "\n" not in str(error)
            else:
                assert pixels.dtype == np.uint8 and pixels.ndim in (2, 3)


FOLDERS = st.lists(
    st.sampled_from(["a", "b", "train", "thumbs", "line\nbreak", ".x", "@eaDir"]), max_size=1
)


@given(
    st.lists(st.tuples(FOLDERS, st.integers(0, 3)), min_size=36, max_size=36),
    st.booleans(),
    st.lists(st.sampled_from(["fifo", "link", "text", "broken"]), max_size=2),
    st.fixed_dictionaries(
        {}, optional=OPTIONS | {"labels": st.just("none"), "broken": st.just("skip")}
    ),
)
def test_any_folder(places, classes, extra, options) -> None:
    places = [(["ab"[value // 2] * classes, *parts], value) for parts, value in places]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        values = {}
        for index, (parts, value) in enumerate(places):
            file = folder.joinpath(*parts, f"{index:02}.png")
            file.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(np.full((3, 4), 80 * value, np.uint8)).save(file)
            if not any(part.startswith((".", "@")) for part in parts):
                values[file] = 80 * value
        for kind in extra:
            add(folder, kind)
        source = ImageFolder(source="images", path=name, **COUNTS, **options)
        raw = read(source)
        if raw is None:
            return
        files = sorted(values, key=lambda file: file.relative_to(folder).as_posix())
        stored = np.array([values[file] for file in files])
        black, white = options.get("range") or (0, 255)
        inside = (black <= stored) & (stored <= white)
        expected = (stored[inside] - black) / (white - black)
        assert np.abs(raw.images[:, 0, 0, 0] / 255 - expected).max() <= 0.5 / 255 + 1e-6


def add(folder: Path, kind: str) -> None:
    """Something that is no image, or that none may be."""
    match kind:
        case "fifo":
            (folder / "pipe").unlink(missing_ok=True)
            os.mkfifo(folder / "pipe")
        case "link":
            (folder / "ring").unlink(missing_ok=True)
            (folder / "ring").symlink_to(folder)
        case "text":
            (folder / "readme.txt").write_text("x")
        case "broken":
            (folder / "broken.png").write_bytes(b"\x89PNG")
