import pickle
from pathlib import Path

import pytest

from aebench.core.errors import InputError, one_line


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
