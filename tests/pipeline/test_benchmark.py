"""`aebench benchmark`, with lines of shell in DVC's place."""

import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from aebench.config.params import load_params

ROOT = Path(__file__).parents[2]


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Starts the command in a folder of its own, where DVC does what these lines of shell say."""
    shutil.copy(ROOT / "params.yaml", tmp_path)
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()

    def start(lines: str) -> subprocess.Popen:
        module = tmp_path / "dvc" / "__main__.py"
        module.parent.mkdir()
        (module.parent / "__init__.py").touch()
        script = f"grep ^datasets params.yaml > seen\n{lines}\n"
        module.write_text(f"import os\nos.execv('/bin/sh', ['sh', '-c', {script!r}])\n")
        return subprocess.Popen([sys.executable, "-m", "aebench.cli", "benchmark"])

    return start


def test_all_measured_sets_are_done_and_the_file_is_what_it_was(run, tmp_path) -> None:
    before = (tmp_path / "params.yaml").read_bytes()
    assert run("exit 3").wait(60) == 1
    assert (tmp_path / "seen").read_text() == "datasets: [mnist-5k, mnist, fashion-mnist]\n"
    assert (tmp_path / "params.yaml").read_bytes() == before


def test_what_is_changed_meanwhile_stays(run, tmp_path) -> None:
    before = load_params()
    assert run("sed -i 's/nll_samples: 200/nll_samples: 7/' params.yaml").wait(60) == 0
    after = load_params()
    assert (after.evaluate.nll_samples, after.datasets) == (7, before.datasets)


def test_a_terminal_that_is_closed_leaves_the_file_as_it_was(run, tmp_path) -> None:
    before = (tmp_path / "params.yaml").read_bytes()
    process = run("exec sleep 9")
    while not (tmp_path / "seen").exists() and process.poll() is None:
        time.sleep(0.05)
    subprocess.run(["kill", "-HUP", str(process.pid)], check=True)
    assert process.wait(60) == 1
    assert (tmp_path / "params.yaml").read_bytes() == before


def test_an_archive_without_git_is_refused_before_anything_is_written(run, tmp_path) -> None:
    (tmp_path / ".git").rmdir()
    before = (tmp_path / "params.yaml").read_bytes()
    assert run("exit 0").wait(60) == 2
    assert not (tmp_path / "seen").exists()
    assert (tmp_path / "params.yaml").read_bytes() == before
