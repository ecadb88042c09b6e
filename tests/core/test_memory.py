import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest

from aebench.core import memory
from aebench.core.errors import InputError


def test_what_fits_is_taken_and_what_does_not_is_named(monkeypatch):
    monkeypatch.setattr(memory, "available", lambda device: 2.0 * 2**30)
    memory.needs_memory(2 * 2**30, "--count 5")
    with pytest.raises(InputError) as caught:
        memory.needs_memory(3 * 2**30, "--count 6")
    assert str(caught.value) == (
        "--count 6: takes 3.0 GiB of memory; allowed: what fits into the 2.0 GiB that are free"
    )


def test_the_system_says_what_is_free():
    assert 2**20 < memory.available() < 2**50


def test_a_container_has_what_its_group_leaves_files_aside(monkeypatch, tmp_path):
    for name, text in {
        "memory.max": "1000",
        "memory.current": "900",
        "memory.stat": "anon 300\nactive_file 500\ninactive_file 100\n",
    }.items():
        (tmp_path / name).write_text(text)
    groups = ((str(tmp_path), "memory.max", "memory.current"),)
    monkeypatch.setattr(memory, "GROUPS", groups)
    assert memory.available() == 700
    # No limit.
    (tmp_path / "memory.max").write_text("max")
    assert memory.available() > 2**20


@pytest.mark.skipif(sys.platform != "linux", reason="others do not enforce it")
def test_a_limit_of_the_shell_counts():
    code = "import resource; resource.setrlimit(resource.RLIMIT_AS, (2**30, 2**30)); "
    code += "from aebench.core.memory import available; print(available() <= 2**30)"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert answer.stdout == "True\n", answer.stderr


def test_an_array_that_memory_has_no_room_for_lies_in_a_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(memory, "SMALL", 0)
    free = {"memory": 2.0**20, "disk": 2**20}
    monkeypatch.setattr(memory, "available", lambda: free["memory"])
    monkeypatch.setattr(memory.shutil, "disk_usage", lambda folder: _Usage(free["disk"]))
    assert memory.allocate((3, 4), np.int64, "codes").base is None
    free["memory"] = 100.0
    mapped = memory.allocate((3, 4), np.int64, "codes")
    assert type(mapped) is np.ndarray and isinstance(mapped.base, np.memmap)
    mapped[:] = np.arange(12).reshape(3, 4)
    assert mapped.sum() == 66 and not list(tmp_path.iterdir())
    free["disk"] = 95
    with pytest.raises(InputError, match=f"codes: takes .* {tmp_path} has free; TMPDIR names"):
        memory.allocate((3, 4), np.int64, "codes")


class _Usage:
    def __init__(self, free: int):
        self.free = free
