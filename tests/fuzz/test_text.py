"""YAML and JSON as text."""

import pytest
from committed import committed
from hypothesis import given
from hypothesis import strategies as st

from aebench.core.files import read_json, read_yaml

WHOLE = (committed() / "params.yaml").read_bytes()
# What has a meaning to parsers.
PIECES = [
    *(*"ab1~:,-?[]{}&*!|>'\"%@`#\n\t\r\\", "é", "日", "<<:", "---", "...", "&a", "*a", "&b", "*b"),
    *("!!int", "!!str", "!!float", "!!set", "!!binary", "!!timestamp", "%YAML", "1e5", ".inf"),
    *(".nan", "0x", "0o", "2001-01-01", "\\ud800", "\\0", "\\x07"),
]


@given(pieces=st.lists(st.sampled_from(PIECES), max_size=30))
def test_any_text_is_yaml_or_refused(pieces, fine_or_refused, tmp_path_factory) -> None:
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_text(" ".join(pieces), encoding="utf-8", newline="")
    fine_or_refused(lambda: read_yaml(path))
    path.write_text("".join(pieces), encoding="utf-8", newline="")
    fine_or_refused(lambda: read_yaml(path))


@given(data=st.data())
def test_a_damaged_file_is_read_or_refused(
    data, damaged, fine_or_refused, tmp_path_factory
) -> None:
    path = tmp_path_factory.getbasetemp() / "damaged.yaml"
    path.write_bytes(data.draw(damaged(WHOLE[:2000])))
    fine_or_refused(lambda: read_yaml(path))


@given(text=st.text(st.sampled_from('[]{}":,0123456789eE.-+ntfu\\NaI'), max_size=60))
def test_any_text_is_json_or_refused(text, fine_or_refused, tmp_path_factory) -> None:
    path = tmp_path_factory.getbasetemp() / "any.json"
    path.write_text(text)
    fine_or_refused(lambda: read_json(path))


@pytest.mark.parametrize("depth", [1, 49, 51, 900, 3000])
@pytest.mark.parametrize("opening", ["[", "{", "- ", "{a: ", "? "])
def test_nesting_is_read_or_refused(depth, opening, fine_or_refused, tmp_path) -> None:
    path = tmp_path / "nested"
    for text in (opening * depth, "&a " + opening * depth + "*a"):
        path.write_text(text)
        fine_or_refused(lambda: read_yaml(path))
        fine_or_refused(lambda: read_json(path))


@given(width=st.integers(0, 20), height=st.integers(0, 30), merged=st.booleans())
def test_aliases_of_aliases_are_read_or_refused(
    width, height, merged, fine_or_refused, tmp_path_factory
) -> None:
    lines = ["x0: &x0 {a: 1}"]
    for i in range(height):
        inside = ", ".join([f"*x{i}"] * width)
        lines.append(f"x{i + 1}: &x{i + 1} " + (f"{{<<: [{inside}]}}" if merged else f"[{inside}]"))
    path = tmp_path_factory.getbasetemp() / "aliases.yaml"
    path.write_text("\n".join(lines))
    fine_or_refused(lambda: read_yaml(path))
