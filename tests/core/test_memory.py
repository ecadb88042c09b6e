import subprocess
import sys

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
