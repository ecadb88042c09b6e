"""The command line as scripts see it: exit codes, one line for a mistake, help that teaches."""

import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]


def aebench(*arguments: str, cwd: Path = PROJECT) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "aebench.cli", *arguments], cwd=cwd, capture_output=True, text=True
    )


def test_the_committed_params_are_fine():
    answer = aebench("check")
    assert answer.returncode == 0, answer.stderr
    assert "mnist-5k" in answer.stdout


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["prepare", "mnist-6k"], "allowed: mnist-5k"),
        (["evaluate", "kmnist"], "no such file"),
    ],
)
def test_wrong_input_is_one_line_and_exit_code_2(arguments, says):
    answer = aebench(*arguments)
    assert answer.returncode == 2
    assert answer.stderr.count("\n") == 1 and says in answer.stderr


def test_outside_the_project_it_says_where_to_run(tmp_path):
    answer = aebench("check", cwd=tmp_path)
    assert answer.returncode == 2 and "params.yaml" in answer.stderr


def test_help_names_every_stage_and_the_exit_codes():
    text = aebench("--help").stdout
    for word in ("prepare", "pretrain", "finetune", "vae", "evaluate", "report", "track", "Exit"):
        assert word in text


def test_checking_the_params_does_not_import_torch():
    code = "import sys; from aebench.config.params import load_params; load_params(); "
    code += "sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], cwd=PROJECT, check=True)


def test_help_of_a_command_is_a_sentence():
    assert "\nValidate the whole of params.yaml.\n" in aebench("check", "--help").stdout
