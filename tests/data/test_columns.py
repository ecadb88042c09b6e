"""Which columns of a table are pixels, and in which order, as their names tell."""

import random

import numpy as np
import pytest

from aebench.data.columns import counting, in_order, looks_like_a_row, shown, suspects

PIXELS = [f"pixel{i}" for i in range(16)]
COLOURS = [f"{colour}{i}" for colour in "rgb" for i in range(16)]
GRID = [f"{y}x{x}" for y in range(1, 13) for x in range(1, 13)]


@pytest.mark.parametrize("names", [PIXELS, COLOURS, GRID, list("abcd"), ["0", "1", "2", "3"]])
@pytest.mark.parametrize("other", ["Label", "", "id", "Unnamed: 0", "__index_level_0__", "Class"])
def test_names_unlike_the_others_are_suspect(names: list[str], other: str) -> None:
    assert suspects(names) == []
    if names != list("abcd") or other in ("Label", "", "id", "Class"):
        assert suspects([*names[:3], other, *names[3:]]) == [other]


def test_a_column_that_counts_the_rows_is_suspect() -> None:
    values = np.random.default_rng(0).integers(0, 256, (40, 16)).astype(np.float32)
    assert counting(PIXELS, values) == []
    values[:, 3] = np.arange(7, 47)
    assert counting(PIXELS, values) == ["pixel3"]
    # It is named once.
    assert counting(["id", *PIXELS[1:]], np.roll(values, -3, 1)) == []


@pytest.mark.parametrize("names", [PIXELS, GRID, [str(i) for i in range(200)], COLOURS])
def test_alphabetical_order_becomes_that_of_numbers(names: list[str]) -> None:
    by_letters = (
        sorted(names)
        if names != COLOURS
        else [n for c in "rgb" for n in sorted(names) if c == n[0]]
    )
    ordered, notes = in_order(["id", *by_letters])
    assert ordered == ["id", *names]
    assert "alphabetical order" in notes[0]
    assert in_order(names) == (names, [])


def test_another_order_is_kept_and_said() -> None:
    mixed = random.Random(0).sample(PIXELS, 16)
    ordered, notes = in_order(mixed)
    assert ordered == mixed and "not in the order of their numbers" in notes[0]
    assert in_order(["b", "a", "c"]) == (["b", "a", "c"], [])
    # More digits than int takes.
    assert in_order(["p" + "9" * 5000, "p1" + "0" * 5000])[1] == []


@pytest.mark.parametrize(
    ("names", "row"),
    [
        (["162", "68", "10", "4"], True),
        (["0.5", "0.25", "1", "0"], True),
        (["-1", "0.5", "1e-3", "0"], True),
        (["0", "1", "2", "3"], False),
        (["3", "1", "2", "0"], False),
        (["5", "17", "200"], False),
        (sorted(map(str, range(300, 400))), False),
        (["0.0", "1.0", "2.0"], False),
        (["label", "1", "7", "2"], False),
        (["7"], False),
    ],
)
def test_a_first_row_of_numbers_is_no_row_of_names(names: list[str], row: bool) -> None:
    assert looks_like_a_row(names) == row


def test_names_are_shortened() -> None:
    assert shown(["a", "", "x" * 300]) == f"'a', '', '{'x' * 40}...'"
    assert shown(PIXELS).endswith("'pixel4' and 11 more")
