import pickle
from pathlib import Path

import pytest

from aebench.core.errors import InputError, brief, one_line


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (InputError(Path("params.yaml"), "'7'", "numbers"), "params.yaml: '7'; allowed: numbers"),
        (InputError("params.yaml", "no such file"), "params.yaml: no such file"),
        (InputError("--name", allowed="letters"), "--name: allowed: letters"),
        (InputError("nothing to do"), "nothing to do"),
    ],
)
def test_an_input_error_is_one_line_also_in_another_process(error, line):
    assert str(error) == line
    assert str(pickle.loads(pickle.dumps(error))) == line


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain ± text", "plain ± text"),
        ("a\nb\r\tc", "a\\nb\\r\\tc"),
        ("\x1b[2Jgone", "\\x1b[2Jgone"),
        ("a\u2028b\u202ec", "a\\u2028b\\u202ec"),
        ("\udcff", "\\udcff"),
    ],
)
def test_no_text_of_people_s_begins_a_second_line(text, shown):
    assert one_line(text) == shown


@pytest.mark.parametrize(
    "error",
    [
        InputError("x" * 10**6),
        InputError(Path("x" * 10**6), "y" * 10**6, "z" * 10**6),
        InputError("a\nb", "c\nd", "e\nf"),
    ],
)
def test_an_input_error_is_one_short_line_whatever_it_quotes(error):
    assert str(error).isprintable() and len(str(error)) <= 2000


def test_allowed_values_follow_what_is_long():
    assert str(InputError("x" * 10**6, allowed="numbers")).endswith("x: allowed: numbers")


def test_of_what_is_long_the_ends_are_quoted():
    assert brief("a" * 80) == "a" * 80
    assert brief("a" + "b" * 1000 + "c", 11) == "abbbb…bbbbc"
    assert brief([1, 2]) == "[1, 2]"


def test_all_mistakes_are_told_in_one_line_and_a_single_one_as_itself():
    assert str(InputError.of_all("a.yaml", ["x: missing"])) == "a.yaml: x: missing"
    both = str(InputError.of_all("a.yaml", ["x: missing", "y: 3\n is not allowed"]))
    assert both == "a.yaml: 2 mistakes: (1) x: missing; (2) y: 3\\n is not allowed"
    many = str(InputError.of_all("a.yaml", ["wrong"] * 50))
    assert many.startswith("a.yaml: 50 mistakes: ") and many.count("wrong") == 9
    assert many.endswith("; and 41 more")
    long = str(InputError.of_all("a.yaml", ["wrong " * 90] * 9))
    assert len(long) < 700 and long.endswith("; and 7 more")
