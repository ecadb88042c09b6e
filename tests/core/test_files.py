"""Files of text are UTF-8 and JSON is whole, whatever the locale."""

import os
import subprocess
import sys

import pytest

from aebench.core.errors import InputError
from aebench.core.files import checksum, read_json, read_yaml, write_json

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
