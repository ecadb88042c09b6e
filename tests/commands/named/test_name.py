"""Names as text, and the fewest levels that make one."""

import pytest

from aebench.commands.named.levels import matching, shortest
from aebench.commands.named.name import Name, parse_name
from aebench.core.errors import InputError


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("pipeline:vae", Name("pipeline", ("vae",))),
        ("study:likelihood/vae, longer/0", Name("study", ("likelihood", "vae, longer", "0"))),
        ("study:s/a@b/0@mnist-5k", Name("study", ("s", "a@b", "0"), "mnist-5k")),
        ("sweep:vae/0@own", Name("sweep", ("vae", "0"), "own")),
        ("models/mnist/vae.safetensors", None),
        ("./study:x", None),
        ("data:mnist", None),
    ],
)
def test_a_name_and_its_text(text, name) -> None:
    assert parse_name(text) == name
    assert name is None or str(name) == text


@pytest.mark.parametrize("text", ["study:", "study:a//0", "pipeline:@mnist", "sweep:vae/"])
def test_a_name_has_no_empty_part(text) -> None:
    with pytest.raises(InputError, match="is not a whole name"):
        parse_name(text)


@pytest.mark.parametrize("text", ["", ".", "/"])
def test_what_names_no_file_is_refused(text) -> None:
    with pytest.raises(InputError, match="is no name of a model"):
        parse_name(text)


def places(*levels: str) -> list[dict[str, str]]:
    """Places of the axes 0, 1, ..., a letter a level."""
    return [dict(zip("0123", place, strict=False)) for place in levels]


@pytest.mark.parametrize(
    ("grid", "short"),
    [
        (places("ax"), [()]),
        (places("ax", "bx"), [("a",), ("b",)]),
        (places("ax", "ay", "by"), [("x",), ("a", "y"), ("b",)]),
        # The same levels on other axes: only their order differs.
        (places("ab", "ba"), [("a", "b"), ("b", "a")]),
        # One level on two axes.
        (places("aa", "ab"), [("a", "a"), ("b",)]),
        (places("axu", "axv", "ayu", "bxu"), [("a", "x", "u"), ("v",), ("y",), ("b",)]),
    ],
)
def test_the_shortest_levels_mean_their_place_alone(grid, short) -> None:
    assert shortest(grid) == short
    assert [matching(grid, levels) for levels in short] == [[i] for i in range(len(grid))]


def test_a_level_of_any_text_is_a_part_of_one_line() -> None:
    grid = [{"axis": "a/b\n"}, {"axis": "漢"}]
    assert shortest(grid) == [("a%2Fb\\n",), ("漢",)]
    assert matching(grid, [r"a%2Fb\n"]) == [0]


def test_any_levels_that_one_place_has_mean_it() -> None:
    grid = places("axu", "axv", "ayu")
    assert matching(grid, ["u", "x"]) == [0]
    assert matching(grid, ["x"]) == [0, 1]
    assert matching(grid, ["x", "x"]) == []
