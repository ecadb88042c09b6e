"""The command line as scripts see it: exit codes, one line for a mistake, help that teaches."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from committed import committed

from aebench import __version__, cli

MODELS = Path(__file__).parent / "commands" / "old"


def aebench(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "aebench", *arguments]
    return subprocess.run(command, cwd=cwd or committed(), capture_output=True, text=True)


def test_the_committed_params_are_fine():
    answer = aebench("check")
    assert answer.returncode == 0, answer.stderr
    assert "mnist-5k" in answer.stdout


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["prepare", "cifar"], "unknown data set 'cifar'; allowed: "),
        (["evaluate", "kmnist"], "no such file"),
        (["claims", "kmnst"], "unknown data set 'kmnst' (did you mean 'kmnist'?); allowed: mnist"),
        (["studdy", "codes"], "unknown name 'studdy' (did you mean 'study'?); allowed: prepare"),
        (["check", "--stroe"], "--stroe (did you mean '--store'?); `aebench check --help` says"),
        (["models", "nope"], "unrecognized arguments: nope; `aebench models --help` says more"),
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
    subprocess.run([sys.executable, "-c", code], cwd=committed(), check=True)


def test_sums_of_matrices_are_not_shared_by_threads():
    program = (
        "import sys; from aebench.cli import main; sys.argv = ['aebench', 'check']; main(); "
        "import numpy, scipy.linalg; from threadpoolctl import threadpool_info; "
        "print([pool['num_threads'] for pool in threadpool_info() if pool['user_api'] == 'blas'])"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program],
        cwd=committed(),
        env=os.environ | {"OPENBLAS_NUM_THREADS": "2"},
        capture_output=True,
        text=True,
        check=True,
    )
    pools = json.loads(answer.stdout.splitlines()[-1])
    assert pools and set(pools) == {1}


def test_help_of_a_command_is_a_sentence():
    assert "\nValidate the whole of params.yaml.\n" in aebench("check", "--help").stdout


def test_version():
    assert aebench("--version").stdout == f"aebench {__version__}\n"


def test_quiet_leaves_results_and_errors_only(tmp_path):
    sample = ["sample", str(MODELS / "vae.safetensors"), "--count", "1", "-o", "one.png"]
    # Before the command's name or after it.
    loud, quiet = aebench(*sample, cwd=tmp_path), aebench("-q", *sample, "--force", cwd=tmp_path)
    assert "1 image written" in loud.stdout and "sample: 100%" in loud.stderr
    assert (quiet.returncode, quiet.stdout, quiet.stderr) == (0, "", "")
    assert "params.yaml is fine" in aebench("check", "--quiet").stdout


def test_an_unexpected_error_is_one_line_and_verbose_shows_where(monkeypatch, capsys):
    monkeypatch.setattr("aebench.config.params.load_params", lambda: 1 / 0)
    for flags in ([], ["--verbose"]):
        monkeypatch.setattr(sys, "argv", ["aebench", "check", *flags])
        assert cli.main() == 1
        errors = capsys.readouterr().err
        assert "aebench: unexpected ZeroDivisionError: division by zero; --verbose" in errors
        assert ("Traceback" in errors) == bool(flags)


@pytest.mark.parametrize("arguments", [["check"], ["models"], ["--help"]])
@pytest.mark.parametrize("buffered", [True, False])
def test_when_nobody_reads_on_it_ends_in_silence(arguments, buffered):
    environment = os.environ | {"PYTHONUNBUFFERED": "" if buffered else "1"}
    process = subprocess.Popen(
        [sys.executable, "-m", "aebench", "--quiet", *arguments],
        cwd=committed(),
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    process.stdout.close()
    # The argparse of some Pythons says nothing of what it could not write.
    silent = arguments == ["--help"] and not buffered
    allowed = {128 + signal.SIGPIPE} | ({0} if silent else set())
    with process.stderr:
        assert process.stderr.read() == b""
    assert process.wait() in allowed


def test_a_broken_pipe_to_another_process_is_an_error(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["aebench", "check"])
    monkeypatch.setattr("aebench.cli._unread", lambda: False)
    error = BrokenPipeError(32, "Broken pipe")
    monkeypatch.setattr("aebench.config.params.load_params", lambda: (_ for _ in ()).throw(error))
    assert cli.main() == 1
    assert "unexpected BrokenPipeError" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["two\nlines", "±", "\x1b[2J"])
def test_whatever_a_name_holds_in_any_locale_an_error_is_one_line(name):
    locale = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    answer = subprocess.run(
        [sys.executable, "-m", "aebench", "prepare", name],
        cwd=committed(),
        env=os.environ | locale,
        capture_output=True,
    )
    assert answer.returncode == 2
    assert answer.stderr.count(b"\n") == 1 and b"unknown data set" in answer.stderr
    assert b"\x1b" not in answer.stderr
