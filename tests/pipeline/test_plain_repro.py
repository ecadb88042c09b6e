"""The pipeline without DVC: the stages of the same dvc.yaml, in an order that suits them."""

import shutil
import subprocess
from pathlib import Path

import pytest
from tiny_project import write_yaml

from aebench.core.errors import InputError
from aebench.pipeline import plain_repro
from aebench.pipeline.plain_repro import in_order, read_stages, repro

ROOT = Path(__file__).parents[2]


def test_each_stage_of_the_pipeline_comes_after_those_that_it_needs(tmp_path, monkeypatch) -> None:
    shutil.copy(ROOT / "dvc.yaml", tmp_path)
    monkeypatch.chdir(tmp_path)
    order = [stage.name for stage in in_order(read_stages(["one", "two"]))]
    assert order[0] == "code"
    for name in ("one", "two"):
        own = [stage.removesuffix(f"@{name}") for stage in order if stage.endswith(f"@{name}")]
        assert own == ["prepare", "pretrain", "finetune", "vae", "evaluate", "report"]
    commands = {stage.name: stage.command for stage in read_stages(["one"])}
    assert commands["vae@one"] == "aebench vae one --retrain"


def test_the_order_is_that_of_the_results_not_that_of_the_file(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    stages = {
        "last": {"cmd": "true", "deps": ["out/a/b"]},
        "first": {"cmd": "true", "outs": [{"out/a": {"cache": False}}]},
    }
    write_yaml(tmp_path / "dvc.yaml", {"stages": stages})
    assert [stage.name for stage in in_order(read_stages([]))] == ["first", "last"]


def test_a_stage_that_fails_ends_it_with_its_code(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    stages = {"one": {"cmd": "true"}, "two": {"cmd": "false"}, "three": {"cmd": "touch made"}}
    write_yaml(tmp_path / "dvc.yaml", {"stages": stages})
    assert repro([]) == 1
    assert "two: false" in capsys.readouterr().err
    assert not Path("made").exists()


def test_a_stage_runs_this_environment_s_aebench(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_yaml(tmp_path / "dvc.yaml", {"stages": {"one": {"cmd": "aebench --version"}}})
    started = []
    ended = subprocess.CompletedProcess([], 0)
    monkeypatch.setattr(
        plain_repro.subprocess, "run", lambda command: started.append(command) or ended
    )
    assert repro([]) == 0
    assert started[0][1:] == ["-m", "aebench", "--version"]


@pytest.mark.parametrize("content", [[], {"vars": []}, {"stages": []}])
def test_a_file_without_stages_is_refused(content, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_yaml(tmp_path / "dvc.yaml", content)
    with pytest.raises(InputError, match=r"dvc.yaml: has no stages"):
        read_stages([])


def test_stages_that_wait_for_each_other_are_named(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    stages = {
        "one": {"cmd": "true", "deps": ["b"], "outs": ["a"]},
        "two": {"cmd": "true", "deps": ["a"], "outs": ["b"]},
    }
    write_yaml(tmp_path / "dvc.yaml", {"stages": stages})
    with pytest.raises(InputError, match="wait for each other: one, two"):
        list(in_order(read_stages([])))
