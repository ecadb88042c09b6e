import os
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas
import pytest

from aebench.core.errors import InputError
from aebench.data.sources.table import Table

PIXELS = np.random.default_rng(0).integers(0, 256, (40, 16))
FRAME = pandas.DataFrame(PIXELS, columns=[f"pixel{i}" for i in range(16)])
LABELLED = FRAME.assign(label=["b", "a"] * 20)
BOTH = pytest.mark.parametrize("kind", [".csv", ".parquet"])


@pytest.fixture
def read(tmp_path: Path) -> Callable:
    """Write a frame, or bytes, and read them."""

    def read(content, kind: str = ".csv", **more):
        path = tmp_path / f"a{kind}"
        if isinstance(content, bytes):
            path.write_bytes(content)
        elif kind == ".csv":
            content.to_csv(path, index=False)
        else:
            content.to_parquet(path)
        entry = {"source": "table", "path": str(path), "validation": 8, "test": 12}
        return Table(**entry | more).read()

    return read


@BOTH
def test_a_row_is_an_image(kind: str, read: Callable) -> None:
    raw = read(FRAME, kind)
    assert np.array_equal(raw.images, PIXELS.reshape(40, 1, 4, 4)) and raw.images.dtype == np.uint8
    assert raw.labels is None
    assert np.array_equal(read(FRAME, kind, size=[2, 8]).images, PIXELS.reshape(40, 1, 2, 8))


@BOTH
def test_labels_and_what_to_ignore(kind: str, read: Callable) -> None:
    raw = read(LABELLED, kind)
    assert raw.classes == ("a", "b") and raw.labels.tolist() == [1, 0] * 20
    frame = LABELLED.assign(id=range(40), digit=np.arange(40) % 11).rename(columns={"label": "old"})
    raw = read(frame, kind, labels="digit", ignore=["id", "old"])
    assert raw.images.shape == (40, 1, 4, 4)
    assert raw.classes == tuple(map(str, range(11)))


@BOTH
def test_fractions_and_colour(kind: str, read: Callable) -> None:
    wide = np.random.default_rng(1).integers(0, 256, (40, 12))
    raw = read(pandas.DataFrame(wide / 255, columns=[f"p{i}" for i in range(12)]), kind)
    assert np.array_equal(raw.images, np.moveaxis(wide.reshape(40, 2, 2, 3), -1, 1))


def test_whole_numbers_may_be_followed_by_fractions(
    read: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Blocks of 1 kB: pyarrow would take the columns for whole numbers after the first.
    monkeypatch.setattr("aebench.data.sources.table.BLOCK", 1000)
    frame = pandas.DataFrame(PIXELS % 2, columns=FRAME.columns).astype(object)
    frame.iloc[30:] = 0.2
    assert np.array_equal(read(frame).images[30:], np.full((10, 1, 4, 4), 51))


@BOTH
@pytest.mark.parametrize(
    ("frame", "more", "says"),
    [
        (FRAME.assign(name="x"), {}, "name"),
        (
            FRAME.astype(object).assign(pixel0=[*range(16), None, *range(23)]),
            {},
            "row 17 has no number in column 'pixel0'",
        ),
        (FRAME, {"labels": "digit"}, "no column 'digit'; allowed: 'pixel0', .* and 11 more"),
        (FRAME, {"ignore": ["id"]}, "no column 'id'"),
        (FRAME[["pixel0"]], {"ignore": ["pixel0"]}, "no column of pixels"),
        (FRAME.assign(more=1), {}, "17 pixels an image .*, 'more'; .*allowed: a square"),
        (FRAME * 2, {}, "allowed: 0 to 255"),
        (FRAME[:0], {}, "no rows"),
        (FRAME[:29], {}, "29 images"),
        (LABELLED.assign(label=[None, "a"] * 20), {}, "image 1: its label is None"),
    ],
)
def test_a_mistake_is_one_line(kind: str, frame, more: dict, says: str, read: Callable) -> None:
    with pytest.raises(InputError, match=says) as caught:
        read(frame, kind, **more)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "kind", "says"),
    [
        (b"", ".csv", "not a readable table"),
        (b"a,b\n1,2\n1,2,3\n", ".csv", "Expected 2 columns, got 3"),
        (b"0,0,5\n0,0,7\n", ".csv", "2 columns are named '0'; allowed: names in the first row"),
        (b"a\xff,b\n1,2\n", ".csv", "not a readable table: its text is not UTF-8"),
        ("label,a\nzwölf,1\n".encode("latin-1"), ".csv", "its text is not UTF-8"),
        (b"PAR1 not", ".parquet", "not a readable table"),
        (b"x", ".xlsx", r"a file named \.csv or \.parquet"),
    ],
)
def test_what_is_no_table(content: bytes, kind: str, says: str, read: Callable) -> None:
    with pytest.raises(InputError, match=says) as caught:
        read(content, kind)
    assert "\n" not in str(caught.value)


def test_a_damaged_parquet(read: Callable, tmp_path: Path) -> None:
    FRAME.to_parquet(tmp_path / "whole")
    whole = (tmp_path / "whole").read_bytes()
    for damaged in (whole[:-50], whole[:100] + bytes(50) + whole[150:]):
        with pytest.raises(InputError):
            read(damaged, ".parquet")


def test_the_case_of_a_file_s_ending_does_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "TRAIN.CSV"
    LABELLED.to_csv(path, index=False)
    table = Table(source="table", path=str(path), validation=8, test=12)
    assert table.read().images.shape == (40, 1, 4, 4)


@BOTH
def test_labels_can_be_turned_off(kind: str, read: Callable) -> None:
    for more in ({"labels": "none"}, {"ignore": ["label"]}):
        raw = read(LABELLED, kind, **more)
        assert raw.labels is None and raw.images.shape == (40, 1, 4, 4)
    many = pandas.concat([FRAME] * 7, ignore_index=True).assign(label=range(280))
    with pytest.raises(InputError, match=r"280 different labels.*or `labels: none`"):
        read(many, kind)
    assert len(read(many, kind, labels="none").images) == 280


@pytest.mark.parametrize(
    ("labels", "classes"),
    [
        (["8.0", "10.0"], ("8", "10")),
        (["8.", "10"], ("8", "10")),
        (["8.5", "10.0"], ("10.0", "8.5")),
        (["8.0", "ten"], ("8.0", "ten")),
        (["-1.0", "1"], ("-1", "1")),
    ],
)
def test_whole_labels_are_whole_numbers(labels, classes, read: Callable) -> None:
    assert read(FRAME.assign(label=labels * 20)).classes == classes


@BOTH
def test_columns_that_do_not_look_like_pixels_are_named(kind: str, read: Callable) -> None:
    frame = FRAME.assign(Label=1)
    with pytest.raises(InputError, match=r"17 pixels an image .*'Label'; `labels` or `ignore`"):
        read(frame, kind)
    assert read(frame, kind, labels="Label").notes[0].startswith("All images are of one class")
    # In place of one of the pixels, the number fits.
    raw = read(frame.drop(columns="pixel15"), kind)
    assert len(raw.images) == 40
    assert raw.notes == (
        "Used as pixels: a column that does not look like pixels, 'Label'; `labels` or `ignore` "
        "takes it out",
    )
    raw = read(FRAME.assign(pixel3=range(40)), kind)
    assert "'pixel3'" in raw.notes[0]


def test_the_index_that_pandas_writes_is_named(read: Callable, tmp_path: Path) -> None:
    content = LABELLED.to_csv().encode()
    with pytest.raises(InputError, match=r"17 pixels an image .*pixels, ''; "):
        read(content)
    assert read(content, ignore=[""]).images.shape == (40, 1, 4, 4)


@BOTH
def test_columns_in_alphabetical_order_are_put_right(kind: str, read: Callable) -> None:
    raw = read(LABELLED[sorted(LABELLED.columns)], kind)
    assert np.array_equal(raw.images, PIXELS.reshape(40, 1, 4, 4))
    assert "alphabetical order" in raw.notes[0]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda text: text.replace(",", ";"), "columns are separated by semicolons; allowed: comm"),
        (lambda text: text.replace(",", "\t"), "columns are separated by tabs"),
        (lambda text: text.replace(",", "|"), "columns are separated by vertical bars"),
        (lambda text: text.replace(",", " "), "columns are separated by spaces"),
        (lambda text: text.replace(",", ";").replace("1", "0,5"), "are separated by semicolons"),
        (lambda text: text.replace("\n", '\n"0,5",', 1), "Expected 16 columns, got 17"),
        (lambda text: re.sub(r"\n\d+", '\n"0,5"', text), "'0,5' in row 1 .* has a decimal comma"),
        (
            lambda text: re.sub(r"\n\d+", "\n1 2 3", text),
            "'1 2 3' in row 1 .* more than one number",
        ),
        (
            lambda text: re.sub(r"\n\d+", "\n" + "x" * 300, text),
            "x\\.\\.\\.' in row 1 .* is no num",
        ),
        (lambda text: text.partition("\n")[2], "columns are named|first row has numbers"),
        (lambda text: text.encode("utf-16"), "text in UTF-16; allowed: UTF-8"),
    ],
)
def test_a_table_written_otherwise_is_one_short_line(change, says: str, read: Callable) -> None:
    content = change(FRAME.to_csv(index=False))
    with pytest.raises(InputError, match=says) as caught:
        read(content if isinstance(content, bytes) else content.encode())
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 400


@BOTH
@pytest.mark.parametrize(
    ("frame", "more"),
    [
        (FRAME[:25], {}),
        (FRAME.assign(more=1), {}),
        (FRAME, {"labels": "y"}),
        (FRAME, {"size": [4, 5]}),
        (pandas.concat([FRAME] * 7, ignore_index=True).assign(label=range(280)), {}),
    ],
)
def test_checking_refuses_what_reading_does(kind, frame, more, read: Callable) -> None:
    with pytest.raises(InputError) as refused:
        read(frame, kind, **more)
    path = str(refused.value).partition(":")[0]
    source = Table(source="table", path=path, validation=8, test=12, **more)
    with pytest.raises(InputError) as checked:
        source.check()
    assert str(checked.value) == str(refused.value)


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    for kind in (".csv", ".parquet"):
        os.mkfifo(tmp_path / f"a{kind}")
        source = Table(source="table", path=str(tmp_path / f"a{kind}"), validation=8, test=12)
        with pytest.raises(InputError, match="a named pipe, not a regular file"):
            source.read()


@BOTH
def test_a_column_says_which_images_belong_together(kind: str, read: Callable) -> None:
    photographs = [f"p{i // 4}" for i in range(40)]
    raw = read(LABELLED.assign(photograph=photographs), kind, group="photograph")
    assert np.array_equal(raw.images, PIXELS.reshape(40, 1, 4, 4))
    assert raw.groups.tolist() == [i // 4 for i in range(40)] and raw.classes == ("a", "b")
    with pytest.raises(InputError, match="image 3: it has no group"):
        read(
            LABELLED.assign(photograph=["a", "b", None, *photographs[3:]]), kind, group="photograph"
        )
