"""The Makefile before there is an environment: which Python it takes, and what it refuses."""

import shutil
import subprocess
from pathlib import Path

import pytest

MAKEFILE = Path(__file__).parents[1] / "Makefile"


@pytest.fixture
def make(tmp_path, monkeypatch):
    """`make(("python3.12", "Python 3.12.1"), ...)` makes `repro` with these Pythons only."""
    shutil.copy(MAKEFILE, tmp_path)
    for name in ("requirements.lock", "pyproject.toml"):
        (tmp_path / name).touch()
    for name in ("sh", "grep", "test", "make"):
        (tmp_path / "bin" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "bin" / name).symlink_to(shutil.which(name))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    # What `make test PYTHON=...` was told is not for the make in the test.
    for name in ("MAKEFLAGS", "MAKELEVEL", "PYTHON"):
        monkeypatch.delenv(name, raising=False)

    def make(*pythons: tuple[str, str]) -> subprocess.CompletedProcess:
        for name, version in pythons:
            script = tmp_path / "bin" / name
            # One that works says its version, and makes no environment; a shim fails.
            works = f'test "$1" = -V && echo "{version}"' if version else "exit 127"
            script.write_text(f"#!{tmp_path}/bin/sh\n{works}\n")
            script.chmod(0o755)
        return subprocess.run(["make", "repro"], cwd=tmp_path, capture_output=True, text=True)

    return make


def test_the_first_python_that_runs_and_fits_is_taken(make, tmp_path):
    (tmp_path / ".git").mkdir()
    pythons = [("python3.11", ""), ("python3.12", "Python 3.12.1"), ("python3.13", "Python 3.13.0")]
    assert "|| python3.12 -m venv .venv" in make(*pythons).stdout


def test_without_one_that_fits_it_names_the_versions(make, tmp_path):
    (tmp_path / ".git").mkdir()
    answer = make(("python3.13", ""), ("python3", "Python 3.10.4"))
    assert answer.returncode == 2
    assert answer.stderr.startswith("make: no Python found; allowed: 3.11, 3.12 and 3.13")


def test_an_archive_without_git_is_told_that_dvc_needs_a_clone(make):
    answer = make(("python3.12", "Python 3.12.1"))
    assert answer.returncode == 2
    assert answer.stderr.startswith("make: no .git here, without which DVC does not work")
