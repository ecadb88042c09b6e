import io
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from aebench.core.errors import InputError
from aebench.core.schema import parse
from aebench.data import own
from aebench.data.dataset import DataSet
from aebench.data.sources.array import ArrayFile

GREY = np.arange(40 * 4 * 5, dtype=np.uint32).reshape(40, 4, 5).astype(np.uint8)
COLOUR = np.random.default_rng(0).integers(0, 256, (40, 4, 5, 3), dtype=np.uint8)
LABELS = np.arange(40) % 3


@pytest.fixture
def read(tmp_path: Path) -> Callable:
    """Write an array, or named ones, or bytes, and read them."""

    def read(content, name: str = "", **more):
        kind = ".npz" if isinstance(content, dict) else ".npy"
        path = tmp_path / (name or f"a{kind}")
        if isinstance(content, dict):
            np.savez_compressed(path, **content)
        elif isinstance(content, bytes):
            path.write_bytes(content)
        else:
            np.save(path, content)
        entry = {"source": "array", "path": str(path), "validation": 8, "test": 12}
        return ArrayFile(**entry | more).read()

    return read


@pytest.mark.parametrize(
    ("array", "more", "images"),
    [
        (GREY, {}, GREY[:, None]),
        (GREY[..., None], {}, GREY[:, None]),
        (GREY[:, None], {}, GREY[:, None]),
        (GREY.reshape(40, 20), {"size": [4, 5]}, GREY[:, None]),
        (GREY[:, :, :4].reshape(40, 16), {}, GREY[:, None, :, :4]),
        (GREY, {"color": "rgb"}, np.repeat(GREY[:, None], 3, 1)),
        (COLOUR, {}, np.moveaxis(COLOUR, -1, 1)),
        (np.moveaxis(COLOUR, -1, 1), {}, np.moveaxis(COLOUR, -1, 1)),
        (COLOUR.reshape(40, 60), {"size": [4, 5]}, np.moveaxis(COLOUR, -1, 1)),
        (
            np.moveaxis(COLOUR, -1, 1).reshape(40, 60),
            {"size": [4, 5], "layout": "chw"},
            np.moveaxis(COLOUR, -1, 1),
        ),
        (COLOUR[:, :3], {"layout": "hwc"}, np.moveaxis(COLOUR[:, :3], -1, 1)),
        (np.asfortranarray(GREY), {}, GREY[:, None]),
    ],
)
def test_every_layout(array: np.ndarray, more: dict, images: np.ndarray, read: Callable) -> None:
    raw = read(array, **more)
    assert np.array_equal(raw.images, images) and raw.images.dtype == np.uint8
    assert raw.labels is None


@pytest.mark.parametrize(
    ("array", "more"),
    [
        (GREY / 255, {}),
        ((GREY / 255).astype(np.float32), {}),
        (GREY.astype(np.int64), {}),
        (GREY.astype(np.float64), {}),
        (GREY / 127.5 - 1, {"range": [-1, 1]}),
        (GREY.astype(np.uint16) * 257, {"range": [0, 65535]}),
    ],
)
def test_every_scale_of_values(array: np.ndarray, more: dict, read: Callable) -> None:
    assert np.array_equal(read(array, **more).images[:, 0], GREY)


def test_two_values_are_black_and_white(read: Callable) -> None:
    for dtype in (bool, np.uint8, np.float32):
        assert np.unique(read((GREY > 90).astype(dtype)).images).tolist() == [0, 255]


def test_scaled_as_asked(read: Callable) -> None:
    assert read(COLOUR, size=[8, 10]).images.shape == (40, 3, 8, 10)


def test_grey_is_what_pillow_makes_of_colour(read: Callable) -> None:
    grey = [np.asarray(Image.fromarray(image).convert("L")) for image in COLOUR]
    assert np.array_equal(read(COLOUR, color="grey").images[:, 0], grey)


def test_labels_and_names_of_arrays(read: Callable) -> None:
    raw = read({"images": GREY, "labels": LABELS[:, None], "more": LABELS})
    assert raw.labels.tolist() == LABELS.tolist() and raw.classes == ("0", "1", "2")
    raw = read({"x": GREY, "y": np.array(["b", "a"] * 20)}, images="x", labels="y")
    assert raw.classes == ("a", "b") and raw.labels.tolist() == [1, 0] * 20
    assert read({"x": GREY}).labels is None
    # Numbers are in their own order, not in that of letters.
    assert read({"images": GREY, "labels": LABELS * 5.0}).classes == ("0", "5", "10")


def header(shape: str, descr: str = "|u1") -> bytes:
    text = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}".encode()
    text += b" " * (117 - len(text)) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text


class Trap:
    def __reduce__(self):
        return (pytest.fail, ("unpickled",))


PICKLED = np.full(40, Trap())


@pytest.mark.parametrize(
    ("content", "more", "says"),
    [
        (b"", {}, "not a readable array file"),
        (b"no array", {}, "not a readable array file"),
        (header("(40, 4, 5)") + bytes(30), {}, "declares 800 bytes .* holds 30"),
        (header("(40, 4, 5)") + bytes(801), {}, "declares 800 bytes .* holds 801"),
        (header("(9999999999, 28, 28)"), {}, "declares 7839999999216 bytes .* holds 0"),
        (header("(-40, 4, 5)"), {}, "declares -800 bytes"),
        (header("(0, 4, 5)"), {}, "holds 0"),
        (header("(40, 4, 5)", "|O"), {}, "no Python objects"),
        (header("(40, 4, 5", "|u1"), {}, "not a readable array file"),
        (PICKLED, {}, "no Python objects"),
        ({"images": PICKLED}, {}, "no Python objects"),
        ({"images": GREY, "labels": PICKLED}, {}, "no Python objects"),
        ({"a": GREY, "b": GREY}, {}, "no array 'images'; allowed: a, b"),
        ({"images": GREY}, {"labels": "y"}, "no array 'y'; allowed: images"),
        ({"images": GREY, "labels": LABELS[1:]}, {}, r"labels of shape \(39,\) for 40 images"),
        ({"images": GREY, "labels": np.full(40, np.nan)}, {}, "label is"),
        (
            {"images": np.repeat(GREY, 7, 0), "labels": np.arange(280)},
            {},
            r"280 different labels.*or `labels: none`",
        ),
        (GREY, {"images": "x"}, "name arrays of an .npz"),
        (GREY.astype(complex), {}, "allowed: numbers"),
        (GREY.astype(float) - 1, {}, r"pixels from -1 to 254; allowed: 0 to 255; `range"),
        (np.where(GREY == 45, np.nan, GREY), {}, "image 3 has a pixel that is no finite number"),
        (GREY[0, 0], {}, r"shape \(5,\)"),
        (GREY.reshape(40, 20), {}, "20 pixels an image; allowed: a square"),
        (GREY.reshape(40, 20), {"size": [4, 4]}, "20 pixels an image; allowed: 16 or 48"),
        (np.repeat(COLOUR[:, :2, :2], 2, -1), {}, "1 or 3 channels"),
        (COLOUR[:, :3], {}, "either side could be channels"),
        (GREY[:25], {}, "25 images, of which .* leave 5"),
        (np.zeros((40, 6, 6), np.uint8), {}, "6 x 6 values; allowed: up to 35"),
        (np.zeros((40, 5, 5), np.uint8), {"color": "rgb"}, "3 x 5 x 5 values"),
    ],
)
def test_a_mistake_is_one_line(
    content, more: dict, says: str, read: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own, "MAX_VALUES", 35)
    with pytest.raises(InputError, match=says) as caught:
        read(content, **more)
    assert "\n" not in str(caught.value)


def test_a_damaged_archive(tmp_path: Path, read: Callable) -> None:
    file = io.BytesIO()
    np.savez_compressed(file, images=GREY)
    whole = file.getvalue()
    for damaged in (b"", whole[:-40], whole[:200] + bytes(10) + whole[210:]):
        with pytest.raises(InputError, match="not a readable array file"):
            read(damaged, "a.npz")


def test_a_zip_bomb_is_not_unpacked(tmp_path: Path, read: Callable) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("images.npy", header("(70000, 300, 300)") + bytes(1000))
    with pytest.raises(InputError, match=r"declares 6300000000 bytes .* and holds 1000"):
        read(file.getvalue(), "a.npz")


def test_another_kind_of_file(read: Callable) -> None:
    with pytest.raises(InputError, match=r"a file named \.npz or \.npy"):
        read(b"x", "a.mat")


def test_labels_can_be_turned_off(read: Callable) -> None:
    many = {"images": np.repeat(GREY, 7, 0), "labels": np.arange(280)}
    raw = read(many, labels="none")
    assert raw.labels is None and raw.classes == () and len(raw.images) == 280
    assert read({"images": GREY, "labels": LABELS}, labels="none").labels is None
    assert read(GREY, labels="none").labels is None


@pytest.mark.parametrize(
    ("labels", "classes"),
    [
        (np.array([b"b\xff", b"a", b"b\xfe", b"a"] * 10), ("a", "b\\xfe", "b\\xff")),
        (np.array([2.0, 10.0] * 20), ("2", "10")),
        (np.array([2.5, 10.0] * 20), ("10", "2.5")),
        (np.array([True, False] * 20), ("False", "True")),
    ],
)
def test_names_of_classes(labels: np.ndarray, classes: tuple[str, ...], read: Callable) -> None:
    assert read({"images": GREY, "labels": labels}).classes == classes


@pytest.mark.parametrize("digit", ["9", "x"])
def test_a_label_of_5000_characters_is_one_short_line(digit: str, read: Callable) -> None:
    labels = np.array(["1", digit * 5000] * 20)
    with pytest.raises(InputError, match=r"image 2: its label is .*of 5000 characters") as caught:
        read({"images": GREY, "labels": labels})
    assert len(str(caught.value)) < 400 and "\n" not in str(caught.value)


def test_a_range_is_in_order() -> None:
    entry = {"source": "array", "path": "a.npz", "validation": 8, "test": 12, "range": [1, 0]}
    with pytest.raises(InputError, match=r"mine\.range: \[1, 0\]; allowed: the lower number first"):
        parse(dict[str, DataSet], {"mine": entry}, "sets")


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("size", [100_000, 100_000], "size: 100000 x 100000 values; allowed: up to 16777216"),
        ("path", "a\0b", r"path: 'a\\x00b' is not allowed"),
        ("labels", 5, "labels: 5 is not allowed"),
        ("duplicates", "none", "duplicates: 'none' is not allowed; allowed: 'keep' or 'drop'"),
    ],
)
def test_an_entry_that_cannot_be(key: str, value: object, says: str) -> None:
    entry = {"source": "array", "path": "a.npz", "validation": 8, "test": 12, key: value}
    with pytest.raises(InputError, match=says):
        parse(dict[str, DataSet], {"mine": entry}, "sets")


@pytest.mark.parametrize(
    ("content", "more"),
    [
        (np.zeros((40, 6, 6), np.uint8), {}),
        (GREY[:25], {}),
        (GREY.reshape(40, 20), {}),
        (COLOUR[:, :3], {}),
        (GREY.astype(complex), {}),
        ({"images": GREY, "labels": LABELS[1:]}, {}),
        ({"images": np.repeat(GREY, 7, 0), "labels": np.arange(280)}, {}),
        (header("(40, 4, 5)") + bytes(30), {}),
        ({"a": GREY, "b": GREY}, {}),
    ],
)
def test_checking_headers_refuses_what_reading_does(
    content, more: dict, read: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own, "MAX_VALUES", 35)
    read(GREY)
    with pytest.raises(InputError) as refused:
        read(content, **more)
    path = str(refused.value).partition(":")[0]
    source = ArrayFile(source="array", path=path, validation=8, test=12, **more)
    with pytest.raises(InputError) as checked:
        source.check()
    assert str(checked.value) == str(refused.value)


def test_no_regular_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.npz")
    (tmp_path / "folder.npz").mkdir()
    for name, says in (
        ("pipe.npz", "a named pipe, not a regular file"),
        ("folder.npz", "a folder, not a regular file"),
        ("none.npz", "no such file"),
        ("n" * 300 + ".npz", "File name too long"),
    ):
        source = ArrayFile(source="array", path=str(tmp_path / name), validation=8, test=12)
        with pytest.raises(InputError, match=says):
            source.read()


@pytest.mark.parametrize("groups", [np.arange(40) // 5, np.arange(40).astype("U2")])
def test_an_array_says_which_images_belong_together(groups: np.ndarray, read: Callable) -> None:
    raw = read({"a": GREY, "photographs": groups}, group="photographs")
    assert np.array_equal(raw.images, GREY[:, None])
    same = groups[:, None] == groups[None]
    assert np.array_equal(raw.groups[:, None] == raw.groups[None], same)
    with pytest.raises(InputError, match=r"groups of shape \(39,\) for 40 images"):
        read({"images": GREY, "photographs": groups[:39]}, group="photographs")
    with pytest.raises(InputError, match="no array 'p'"):
        read({"images": GREY}, group="p")
