import dataclasses

import numpy as np
import pytest

from aebench.core.errors import InputError
from aebench.data.raw import Raw, check_raw

IMAGES = np.zeros((40, 1, 4, 5), np.uint8)
LABELS = np.arange(40) % 3
TEST = np.arange(40) >= 28
GOOD = Raw(IMAGES, LABELS, TEST, ("a", "b", "c"), ("a note",))


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"images": np.zeros((40, 3, 4, 5), np.uint8)},
        {"labels": None, "classes": ()},
        {"official_test": None},
        {"classes": ("a", "b", "c", "without an image")},
    ],
)
def test_what_a_source_may_return(changes: dict) -> None:
    check_raw(dataclasses.replace(GOOD, **changes), "mine")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"images": IMAGES / 255}, r"float64 of shape \(40, 1, 4, 5\); expected uint8 N x C x H"),
        ({"images": IMAGES[:, 0]}, r"uint8 of shape \(40, 4, 5\); expected .* C 1 or 3"),
        ({"images": np.zeros((40, 4, 5, 3), np.uint8)}, r"\(40, 4, 5, 3\); expected"),
        ({"images": IMAGES[:, :, :0]}, r"\(40, 1, 0, 5\); expected"),
        ({"images": IMAGES.tolist()}, "images are of type list; expected uint8"),
        ({"images": IMAGES[:22]}, "22 images; expected 23 or more"),
        ({"labels": LABELS.astype(np.uint8)}, r"labels are uint8 of shape \(40,\); expected int64"),
        ({"labels": LABELS[:, None]}, r"labels are int64 of shape \(40, 1\); expected int64 40"),
        ({"labels": LABELS[1:]}, r"labels are int64 of shape \(39,\); expected int64 40, or None"),
        ({"labels": LABELS.tolist()}, "labels are of type list; expected int64"),
        ({"labels": LABELS + 1}, "labels from 1 to 3 for 3 classes; expected"),
        ({"labels": LABELS - 1}, "labels from -1 to 1 for 3 classes; expected"),
        ({"labels": None}, r"3 classes but no labels; expected \(\)"),
        ({"classes": ["a", "b", "c"]}, r"classes are \['a', 'b', 'c'\]; expected a tuple of str"),
        ({"classes": (0, 1, 2)}, r"classes are \(0, 1, 2\); expected a tuple of str"),
        ({"classes": tuple(map(str, range(257)))}, "257 classes; expected up to 256"),
        ({"notes": "a note"}, "notes are 'a note'; expected a tuple of str"),
        ({"official_test": np.flatnonzero(TEST)}, r"is int64 of shape \(12,\); expected bool 40"),
        ({"official_test": TEST[1:]}, r"bool of shape \(39,\); expected bool 40, or None"),
        ({"official_test": np.arange(40) > 28}, "official_test has 11 images; expected 12 or more"),
    ],
)
def test_a_mistake_is_one_line_that_names_the_source(changes: dict, says: str) -> None:
    with pytest.raises(InputError, match=f"^source 'mine': .*{says}") as caught:
        check_raw(dataclasses.replace(GOOD, **changes), "mine")
    assert "\n" not in str(caught.value)


def test_no_raw_at_all() -> None:
    with pytest.raises(InputError, match=r"source 'mine': read\(\) returns tuple; expected Raw"):
        check_raw((IMAGES, LABELS), "mine")
