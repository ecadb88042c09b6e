"""Files of text are UTF-8 and JSON is whole, whatever the locale."""

import os
import subprocess
import sys

import pytest

from aebench.core.errors import InputError
from aebench.core.files import checksum, read_json, read_yaml, write_json, write_text

SCRIPT = """
from pathlib import Path
from aebench.core.files import read_json, read_yaml, write_csv, write_json, write_text
write_text(Path("a.md"), "6.27 ± 0.05 ↓\\n")
write_csv(Path("a.csv"), [{"name": "Fréchet"}])
write_json(Path("a.json"), {"name": "日本"})
assert read_json(Path("a.json")) == {"name": "日本"}
assert read_yaml(Path("b.yaml")) == {"name": "Bjøntegaard"}
"""


def test_text_is_utf_8_in_any_locale(tmp_path):
    (tmp_path / "b.yaml").write_bytes("name: Bjøntegaard\n".encode())
    (tmp_path / "script.py").write_bytes(SCRIPT.encode())
    locale = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    subprocess.run([sys.executable, "script.py"], cwd=tmp_path, env=os.environ | locale, check=True)
    assert (tmp_path / "a.md").read_bytes() == "6.27 ± 0.05 ↓\n".encode()
    assert (tmp_path / "a.csv").read_bytes() == "name\nFréchet\n".encode()


@pytest.mark.parametrize("content", [b"", b'{"a": ', b"\xff", b"nonsense"])
def test_a_cut_json_file_is_named_in_one_line(content, tmp_path):
    path = tmp_path / "metrics.json"
    write_json(path, {"a": 1})
    assert read_json(path) == {"a": 1}
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"metrics\.json: damaged: not valid JSON$"):
        read_json(path)


@pytest.mark.parametrize("read", [read_json, read_yaml])
@pytest.mark.parametrize(
    ("make", "says"),
    [
        (os.mkfifo, "a named pipe, not a regular file"),
        (os.mkdir, "a folder, not a regular file"),
        (lambda path: os.symlink("/dev/zero", path), "a device, not a regular file"),
    ],
    ids=["pipe", "folder", "device"],
)
def test_what_is_no_regular_file_is_refused_and_not_waited_for(make, says, read, tmp_path):
    make(tmp_path / "a")
    with pytest.raises(InputError, match=says):
        read(tmp_path / "a")
    with pytest.raises(OSError, match=says):
        checksum(tmp_path / "a")


def laughs(levels: int) -> str:
    """Lists of nine aliases each of the list before: 9^levels entries."""
    lines = ["a0: &a0 [x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, levels)]
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("&x {vae: *x}", "the alias 'x' stands for what it is in"),
        ("a: &a [*a]", "the alias 'a' stands for what it is in"),
        ("[" * 3000 + "]" * 3000, "more than 50 lists and mappings in each other"),
        (laughs(9), "more than 1000000 characters with its aliases written out"),
        ("a: " + "9" * 5000, "a number of 5000 digits"),
        ("a: 0x" + "f" * 5000, "a number of 5002 digits"),
        ('a: "\\ud800"', "is no text"),
        ('a: "\\0"', "is no text"),
        ("a: !!set {b}", "tag:yaml.org,2002:set is not allowed"),
        ("a: !!int x", "not valid YAML"),
        ("a: 1\na: 2", "duplicate key"),
    ],
)
def test_yaml_that_nobody_writes_is_refused_in_one_line(text, said, tmp_path):
    path = tmp_path / "params.yaml"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        read_yaml(path)
    assert str(caught.value).startswith(f"{path}: ") and said in str(caught.value)


def test_aliases_and_dates_in_yaml(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text(laughs(5) + "\nday: 2020-01-02\nb: {<<: {c: 1e-3}}")
    content = read_yaml(path)
    assert content["a1"] == 9 * [["x"]]
    # A name, such as that of a level.
    assert content["day"] == "2020-01-02" and content["b"] == {"c": 0.001}


@pytest.mark.parametrize("text", ["[" * 60 + "]" * 60, '{"a":' * 3000 + "1" + "}" * 3000])
def test_json_that_is_nested_too_deeply_is_damaged(text, tmp_path):
    path = tmp_path / "a.json"
    path.write_text(text)
    with pytest.raises(InputError, match="damaged: not valid JSON"):
        read_json(path)


@pytest.mark.parametrize("read", [read_json, read_yaml])
def test_what_cannot_be_a_file_is_named(read, tmp_path):
    (tmp_path / "ring").symlink_to("ring")
    for name in ("", "ring", "x" * 300, "ring/inside"):
        with pytest.raises(InputError, match="allowed: a file that may be used"):
            read(tmp_path / name)


def test_a_name_may_be_as_long_as_the_system_allows(tmp_path):
    write_text(tmp_path / ("x" * 255), "text")
    write_text(tmp_path / ("日" * 85), "text")
    assert len(list(tmp_path.iterdir())) == 2
