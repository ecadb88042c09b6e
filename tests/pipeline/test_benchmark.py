"""`aebench benchmark`, with a small dvc.yaml in the pipeline's place."""

import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from committed import committed

from aebench.cli import main
from aebench.pipeline import benchmark

STAGES = """
stages:
  seen:
    matrix:
      dataset: ${{datasets}}
    cmd: cat params.yaml > params-${{item.dataset}}; echo ${{item.dataset}} >> seen; {then}
"""
# `seen` comes last: bash, interrupted while it waits for `cat`, would go on if that ended well.


@pytest.fixture
def clone(tmp_path, monkeypatch) -> Path:
    """A folder of its own with the project's params.yaml."""
    shutil.copy(committed() / "params.yaml", tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["aebench", "benchmark"])
    (tmp_path / ".git").mkdir()
    return tmp_path


@pytest.fixture
def stages(clone):
    """Write a dvc.yaml whose stages end with this line of shell."""

    def stages(then: str) -> None:
        (clone / ".git").rmdir()
        (clone / "dvc.yaml").write_text(STAGES.format(then=then))
        subprocess.run(["git", "init", "-q"], check=True)
        subprocess.run([sys.executable, "-m", "dvc", "init", "-q"], check=True)

    return stages


@pytest.mark.slow
def test_all_measured_sets_are_done_and_params_yaml_is_never_touched(stages, clone) -> None:
    stages("exit 0")
    before, stat = (clone / "params.yaml").read_bytes(), (clone / "params.yaml").stat()
    assert benchmark.benchmark() == 0
    assert (clone / "seen").read_text().split() == ["mnist-5k", "mnist", "fashion-mnist"]
    for dataset in benchmark.MEASURED:
        assert (clone / f"params-{dataset}").read_bytes() == before
    assert (clone / "params.yaml").stat().st_mtime_ns == stat.st_mtime_ns


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "said"), [(signal.SIGTERM, "terminated"), (signal.SIGINT, "interrupted")]
)
def test_a_signal_ends_dvc_and_its_stage(number, said, stages, clone) -> None:
    stages("exec sleep 1234.5")
    command = [sys.executable, "-m", "aebench", "benchmark"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    while not (clone / "seen").exists() and process.poll() is None:
        time.sleep(0.05)
    process.send_signal(number)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    last = errors.splitlines()[-1]
    assert last.startswith(f"aebench: {said}; ") and "the same command goes on" in last
    running = subprocess.run(["pgrep", "-f", "^sleep 1234.5"], stdout=subprocess.DEVNULL)
    assert running.returncode == 1


def test_the_code_is_dvc_s(clone, monkeypatch) -> None:
    fails = [sys.executable, "-c", "raise SystemExit(3)"]
    popen = subprocess.Popen
    monkeypatch.setattr(benchmark.subprocess, "Popen", lambda _, **options: popen(fails, **options))
    with pytest.raises(SystemExit) as left:
        main()
    assert left.value.code == 1


def test_an_archive_without_git_is_refused(clone, capsys) -> None:
    (clone / ".git").rmdir()
    assert main() == 2
    assert "no .git in this folder" in capsys.readouterr().err
