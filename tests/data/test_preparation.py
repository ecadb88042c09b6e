"""What of a source's images is left out, split, and noted."""

import re
from dataclasses import replace
from typing import Literal

import numpy as np
import pytest

from aebench.core.errors import InputError
from aebench.data.dataset import DataSet
from aebench.data.preparation import check_data, prepare_data
from aebench.data.raw import Raw

COUNT = 60


@pytest.fixture
def source(registered: None) -> type[DataSet]:
    """60 images of 1 x 4 x 4, of which `copies` are the first again, with labels."""

    class Noise(DataSet):
        source: Literal["noise"] = "noise"
        validation: int = 10
        copies: tuple[int, ...] = ()
        official: int = 0
        titles: tuple[str, ...] = ("a", "b")
        dark: bool = False

        def read(self) -> Raw:
            images = np.random.default_rng(0).integers(0, 256, (COUNT, 1, 4, 4), np.uint8)
            images[list(self.copies)] = images[0]
            official = np.arange(COUNT) >= COUNT - self.official if self.official else None
            return Raw(
                images // 20 if self.dark else images, np.arange(COUNT) % 2, official, self.titles
            )

    return Noise


def test_what_is_as_it_should_be_is_not_noted(source) -> None:
    prepared, notes = prepare_data(source(test=12))
    assert notes == [] and prepared.classes == ("a", "b")
    assert np.bincount(prepared.split).tolist() == [38, 10, 12]


@pytest.mark.parametrize("official", [0, 12])
def test_identical_images_of_several_parts_are_counted(official: int, source) -> None:
    copies = (*range(1, 30), 50, 51)
    split = {"official": official, "test": None if official else 12}
    prepared, notes = prepare_data(source(copies=copies, **split))
    # Counted in another way, by comparing all pairs.
    flat = prepared.images.reshape(COUNT, -1)
    same = (flat[:, None] == flat[None]).all(-1)
    train, validation, test = (prepared.split == part for part in (0, 1, 2))
    in_test = (same[test][:, ~test]).any(1).sum()
    in_validation = (same[validation][:, train]).any(1).sum()
    assert in_test > 0 and in_validation > 0
    assert notes == [
        f"{in_test} of 12 test images are identical to training or validation images; "
        "the setting duplicates: drop keeps one of each",
        f"{in_validation} of 10 validation images are identical to training images; "
        "the setting duplicates: drop keeps one of each",
    ]


def test_of_identical_images_one_is_kept(source) -> None:
    copies = (7, 8, 9)
    prepared, notes = prepare_data(source(copies=copies, test=12, duplicates="drop"))
    assert notes == ["Left out: 3 images that are identical to others"]
    kept = np.setdiff1d(np.arange(COUNT), copies)
    assert np.array_equal(prepared.images, source(test=12).read().images[kept])
    assert np.array_equal(prepared.labels, kept % 2)


def test_an_official_test_set_stays_whole(source) -> None:
    prepared, notes = prepare_data(source(copies=(5, 50, 51), official=12, duplicates="drop"))
    assert (prepared.split == 2).sum() == 12
    # The first and its copy outside of the test set.
    assert len(prepared.images) == COUNT - 2 and len(notes) == 1


def test_too_few_different_images(source) -> None:
    with pytest.raises(
        InputError, match=r"24 different images, .* leave 2 to train on; allowed: 10"
    ):
        prepare_data(source(copies=tuple(range(24, COUNT)), test=12, duplicates="drop"))


@pytest.mark.parametrize(
    "names", [("train", "test"), ("Val", "x"), ("Training", "b"), ("PublicTest", "PrivateTest")]
)
def test_classes_that_are_called_as_parts_are_noted(names: tuple[str, str], source) -> None:
    (note,) = prepare_data(source(titles=names, test=12))[1]
    assert note.startswith(f"Classes are called {names[0]}")


def test_labels_can_be_turned_off(source) -> None:
    prepared, notes = prepare_data(source(titles=("train", "test"), test=12, labels="none"))
    assert prepared.labels is None and prepared.classes == () and notes == []


def test_dark_images_are_noted(source) -> None:
    assert "brightest pixel is 12 of 255" in prepare_data(source(test=12, dark=True))[1][0]


def test_checking_reads_what_is_small_only(source, monkeypatch: pytest.MonkeyPatch) -> None:
    few = source(test=12, copies=tuple(range(24, COUNT)), duplicates="drop")
    check_data(few)
    monkeypatch.setattr(source, "is_small", lambda self: True)
    with pytest.raises(InputError, match="leave 2 to train on"):
        check_data(few)


def test_groups_are_kept_together_and_the_card_says_so(source) -> None:
    class Grouped(source):
        source: Literal["grouped"] = "grouped"

        def read(self) -> Raw:
            return replace(super().read(), groups=np.arange(COUNT) // 5)

    prepared, notes = prepare_data(Grouped(test=12, copies=(1, 2), duplicates="drop"))
    # Of the first group three images are left.
    groups = np.delete(np.arange(COUNT), [1, 2]) // 5
    assert all(len(set(prepared.split[groups == group])) == 1 for group in range(12))
    note, few = [note for note in notes if "group" in note]
    assert few.startswith("So few groups say little of others")
    assert note.startswith("Each group of images is in one part: training has ")
    assert sum(int(n) for n in re.findall(r"(\d+) images", note)) == COUNT - 2
