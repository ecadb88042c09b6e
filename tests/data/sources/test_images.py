from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from aebench.core.errors import InputError
from aebench.core.schema import parse
from aebench.data import image_files, own
from aebench.data.dataset import DataSet
from aebench.data.sources.images import ImageFolder


def write(path: Path, value: int, size: tuple[int, int] = (4, 5)) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full(size, value, np.uint8)).save(path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """40 grey images of 4 x 5, half in the folder `cat` and half in `dog`, darker ones first."""
    for i in range(40):
        write(tmp_path / ("cat" if i < 20 else "dog") / f"{i:02d}.png", 5 * i)
    return tmp_path


@pytest.fixture
def read(folder: Path) -> Callable:
    def read(**more):
        entry = {"source": "images", "path": str(folder), "validation": 8, "test": 12}
        return ImageFolder(**entry | more).read()

    return read


def test_folders_are_classes_and_paths_give_the_order(folder: Path, read: Callable) -> None:
    write(folder / "cat" / "deeper" / "1.PNG", 255)
    raw = read()
    assert raw.classes == ("cat", "dog") and raw.notes == ()
    assert raw.labels.dtype == np.int64 and raw.labels.tolist() == [0] * 21 + [1] * 20
    assert raw.images.shape == (41, 1, 4, 5) and raw.images.dtype == np.uint8
    values = [5 * i for i in range(20)] + [255] + [5 * i for i in range(20, 40)]
    assert raw.images[:, 0, 0, 0].tolist() == values


def test_folders_need_not_be_classes(folder: Path, read: Callable) -> None:
    write(folder / "beside.png", 1)
    with pytest.raises(InputError, match=r"beside\.png lies beside folders of classes.*none"):
        read()
    raw = read(labels="none")
    assert raw.labels is None and raw.classes == () and len(raw.images) == 41


def test_one_class_is_as_none(folder: Path, read: Callable) -> None:
    for file in (folder / "dog").iterdir():
        file.rename(folder / "cat" / file.name)
    raw = read()
    assert raw.labels is None and raw.classes == ()
    assert raw.notes == ("All images are of one class, cat: as if without labels",)


def test_what_is_hidden_or_no_image_is_passed_over(folder: Path, read: Callable) -> None:
    before = read()
    (folder / ".DS_Store").write_text("x")
    (folder / "cat" / "._00.png").write_text("x")
    write(folder / ".thumbnails" / "1.png", 1, (9, 9))
    write(folder / "dog" / "@eaDir" / "31.png" / "SYNOPHOTO_THUMB_M.jpg", 1, (9, 9))
    for name in ("cat/readme.txt", "dog/a.heic", "dog/b.HEIC", "dog/list"):
        (folder / name).write_text("x")
    raw = read()
    assert raw.notes == (
        "Passed over: 3 hidden images and thumbnails, such as .thumbnails/1.png",
        "Passed over: 4 files of another kind: 2 .heic, 1 .txt, 1 no ending",
    )
    assert np.array_equal(raw.images, before.images)


def test_a_class_may_lie_elsewhere_and_rings_end(
    folder: Path, read: Callable, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    write(elsewhere / "1.png", 9)
    (elsewhere / "ring").symlink_to(elsewhere)
    (folder / "elk").symlink_to(elsewhere)
    raw = read()
    assert np.bincount(raw.labels).tolist() == [20, 20, 1]
    assert raw.notes == ("Passed over: 1 link to a folder, such as elk/ring",)


def test_broken_files_are_fatal_or_skipped_and_named(folder: Path, read: Callable) -> None:
    (folder / "cat" / "03.png").write_bytes(b"")
    (folder / "dog" / "30.png").write_bytes((folder / "dog" / "30.png").read_bytes()[:50])
    (folder / "dog" / "new\nline.png").write_bytes(b"x")
    with pytest.raises(
        InputError, match=r"3 broken files: cat/03\.png \(empty\), dog/30"
    ) as caught:
        read()
    assert "broken: skip" in str(caught.value) and "\n" not in str(caught.value)
    raw = read(broken="skip")
    assert len(raw.images) == len(raw.labels) == 38
    assert 15 not in raw.images and 150 not in raw.images
    assert "3 broken files: cat/03.png (empty), dog/30.png" in raw.notes[0]


def test_all_broken(folder: Path, read: Callable) -> None:
    for file in folder.glob("*/*.png"):
        file.write_bytes(b"")
    with pytest.raises(InputError, match=r"all of its images are broken: cat/00.*and 35 more"):
        read(broken="skip")


def test_sizes_must_be_one_or_told(folder: Path, read: Callable) -> None:
    write(folder / "cat" / "03.png", 77, (8, 10))
    write(folder / "cat" / "04.png", 77, (8, 10))
    with pytest.raises(
        InputError, match=r"2 sizes.*4 x 5 \(38, e.g. cat/00.png\), 8 x 10 \(2, e.g. cat/03.png\)"
    ):
        read()
    raw = read(size=[4, 5])
    assert raw.images.shape == (40, 1, 4, 5) and (raw.images[3] == 77).all()


@pytest.mark.parametrize(("color", "channels"), [("auto", 3), ("rgb", 3), ("grey", 1)])
def test_one_colour_image_decides(color: str, channels: int, folder: Path, read: Callable) -> None:
    assert read().images.shape[1] == 1
    assert read(color="rgb").images.shape[1] == 3
    # Grey values that are stored three times are no colour yet.
    Image.fromarray(np.full((4, 5, 3), 7, np.uint8)).save(folder / "cat" / "01.png")
    assert read().images.shape[1] == 1
    blue = Image.new("RGB", (5, 4), "blue")
    blue.save(folder / "cat" / "00.png")
    raw = read(color=color)
    assert raw.images.shape == (40, channels, 4, 5)
    expected = [0, 0, 255] if channels == 3 else [blue.convert("L").getpixel((0, 0))]
    assert raw.images[0, :, 0, 0].tolist() == expected
    assert (raw.images[39] == 195).all()


def test_too_few_none_and_nowhere(folder: Path, read: Callable) -> None:
    with pytest.raises(InputError, match=r"40 images, of which validation \(8\) and test \(30\)"):
        read(test=30)
    with pytest.raises(InputError, match=r"no images in it; allowed: files named .*\.png"):
        (folder / "empty").mkdir()
        read(path=str(folder / "empty"))
    with pytest.raises(InputError, match="no such folder"):
        read(path=str(folder / "cat" / "01.png"))


def test_an_image_that_no_net_could_take(
    folder: Path, read: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own, "MAX_VALUES", 19)
    with pytest.raises(InputError, match=r"cat/00.png: 4 x 5 values; allowed: up to 19.*size"):
        read()


def test_a_range_holds_for_all_files(folder: Path, read: Callable) -> None:
    for i, file in enumerate(sorted(folder.glob("*/*.png"))):
        Image.fromarray(np.full((4, 5), 100 * i, np.uint16)).save(file)
    assert read().images.max() == np.rint(3900 / 257)
    images = read(range=[0, 4095]).images[:, 0, 0, 0]
    assert np.array_equal(images, np.rint(np.arange(40) * 100 / 4095 * 255))
    with pytest.raises(InputError, match=r"39 broken files: .* from 100 to 100; allowed: 0 to 50"):
        read(range=[0, 50])


def test_files_that_may_be_copies_are_noted(folder: Path, read: Callable) -> None:
    write(folder / "cat" / "Thumbs" / "1.png", 1)
    write(folder / "cat" / "00.bmp", 1)
    raw = read()
    assert len(raw.images) == 42
    assert raw.notes[0].startswith("Images in folders called Thumbs are used like all others")
    assert raw.notes[1].startswith("2 images are called as others but for the ending, cat/00.bmp")


def test_files_of_several_pictures_are_noted(folder: Path, read: Callable) -> None:
    frames = [Image.fromarray(np.full((4, 5), value, np.uint8)) for value in (9, 99)]
    frames[0].save(folder / "cat" / "more.tiff", save_all=True, append_images=frames[1:])
    assert read().notes == ("1 file: more than one picture in a file, of which the first is used",)


def break_one(folder: Path) -> None:
    (folder / "cat" / "03.png").write_bytes(b"x")


def resize_one(folder: Path) -> None:
    write(folder / "cat" / "03.png", 1, (8, 8))


def enlarge(folder: Path) -> None:
    for file in folder.glob("*/*.png"):
        write(file, 1, (600, 700))


def take_most(folder: Path) -> None:
    for file in list(folder.glob("*/*.png"))[20:]:
        file.unlink()


def add_deep(folder: Path) -> None:
    Image.fromarray(np.ones((4, 5), np.float32)).save(folder / "cat" / "f.tiff")


def put_in_classes(folder: Path) -> None:
    for i in range(257):
        write(folder / f"class {i}" / "1.png", 1)


@pytest.mark.parametrize(
    "damage", [break_one, resize_one, enlarge, take_most, add_deep, put_in_classes]
)
def test_checking_headers_refuses_what_reading_does(
    damage, folder: Path, read: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own, "MAX_VALUES", 128 * 128)
    source = ImageFolder(source="images", path=str(folder), validation=8, test=12)
    source.check()
    damage(folder)
    with pytest.raises(InputError) as checked:
        source.check()
    with pytest.raises(InputError) as refused:
        read()
    assert str(checked.value) == str(refused.value)


def test_few_and_small_files_are_small(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = ImageFolder(source="images", path=str(folder), validation=8, test=12)
    assert source.is_small()
    monkeypatch.setattr("aebench.data.own.SMALL_FILES", 39)
    assert not source.is_small()
    monkeypatch.setattr("aebench.data.own.SMALL_FILES", 40)
    monkeypatch.setattr("aebench.data.own.SMALL_BYTES", 1000)
    assert not source.is_small()


@pytest.mark.parametrize("broken", ["fatal", "skip"])
def test_several_processes_read_as_one_does(
    broken: str, folder: Path, read: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    Image.new("RGB", (5, 4), "blue").save(folder / "cat" / "17.png")
    for name in ("dog/39.png", "cat/02.png"):
        (folder / name).write_bytes(b"")

    def result() -> object:
        try:
            raw = read(broken=broken)
        except InputError as error:
            return str(error)
        return raw.images.tolist(), raw.labels.tolist(), raw.notes

    alone = result()
    monkeypatch.setattr(image_files, "cores", lambda: 2)
    monkeypatch.setattr(image_files, "WORTH_IT", 1)
    monkeypatch.setattr(image_files, "BATCH", 3)
    assert result() == alone
    # Files that are broken are named in their order, whichever is read first.
    assert "cat/02.png, dog/39.png (empty)" in (alone if broken == "fatal" else alone[2][0])


def test_paths_say_which_images_belong_together(folder: Path, read: Callable) -> None:
    assert read().groups is None
    # The tens of a file's number, in folders of their own.
    assert read(group=r"(\d)\d\.png$").groups.tolist() == np.repeat(range(4), 10).tolist()
    assert read(group="cat|dog").groups.tolist() == [0] * 20 + [1] * 20
    with pytest.raises(InputError, match=r"dog/20\.png has no group; allowed: a path that fits"):
        read(group="cat")
    with pytest.raises(InputError, match="no regular expression"):
        parse(DataSet, ENTRY | {"group": "("}, "sets.x")


ENTRY = {"source": "images", "path": "own/x", "validation": 8, "test": 12}
