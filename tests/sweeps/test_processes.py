"""Sweeps by the command, in processes that are killed."""

import contextlib
import os
import signal
import sqlite3
import subprocess
import time
from pathlib import Path

import optuna
import pytest
import warm

pytestmark = pytest.mark.slow
STORAGE = "sqlite:///runs/sweeps.sqlite"
RESULTS = Path("reports", "tiny", "sweep", "small")
SETTINGS = {"AEBENCH_CHECKPOINT_SECONDS": "0"}
# Long enough to be killed in the middle.
LONG = {"epochs": 25, "trials": 4}


@pytest.fixture
def long(write):
    """The sweep with longer trainings."""
    recipe = {"training.epochs": LONG["epochs"]}
    pruner = {"name": "median", "startup": 2, "wait": 5}
    write(recipe=recipe, trials=LONG["trials"], pruner=pruner)


def trials() -> list[optuna.trial.FrozenTrial]:
    (name,) = optuna.get_all_study_names(STORAGE)
    return optuna.load_study(study_name=name, storage=STORAGE).get_trials()


def results(project: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (project / RESULTS).iterdir()}


def count(sql: str) -> int:
    """Count rows of the storage without Optuna, which would wait for a halted driver's lock."""
    storage = sqlite3.connect("file:runs/sweeps.sqlite?mode=ro", uri=True, timeout=0)
    with contextlib.closing(storage) as file:
        return file.execute(f"SELECT count(*) FROM {sql}").fetchone()[0]


def under_way(ended: int) -> bool:
    """Whether `ended` trials have ended and another one has trained for five epochs."""
    try:
        reported = count(
            "trial_intermediate_values JOIN trials USING (trial_id) WHERE state = 'RUNNING'"
        )
        return reported >= 5 and count("trials WHERE state != 'RUNNING'") >= ended
    except sqlite3.OperationalError:
        return False


def test_sweeps_that_begin_at_the_same_time_make_one_storage(project) -> None:
    program = (
        "import sys, time; from aebench.sweeps.storage import default_storage, open_storage; "
        "time.sleep(max(0, float(sys.argv[1]) - time.time())); open_storage(default_storage())"
    )
    moment = str(time.time() + 6)
    opened = [warm.python(program, moment, cwd=project, env=os.environ) for _ in range(4)]
    for one in opened:
        one.finish()


def test_a_killed_driver_s_trials_are_resumed_to_the_same_bytes(
    project, long, aebench, wait_for
) -> None:
    aebench("sweep", "small", **SETTINGS).finish()
    whole = results(project)
    subprocess.run(["rm", "-r", "runs", "reports"], check=True)
    process = aebench("sweep", "small", **SETTINGS)
    wait_for(lambda: process.halted(lambda: under_way(2)), "a trial under way")
    process.kill()
    assert [trial.state.name for trial in trials()].count("RUNNING") == 1
    aebench("sweep", "small", **SETTINGS).finish()
    assert results(project) == whole
    assert len(trials()) == LONG["trials"]


def test_a_killed_worker_s_trial_is_resumed_and_counted_once(
    project, long, aebench, wait_for
) -> None:
    process = aebench("sweep", "small", "--workers", "2", **SETTINGS)
    wait_for(lambda: under_way(0), "a trial under way")
    os.kill(process.workers[-1], signal.SIGKILL)
    process.finish()
    ended = trials()
    assert [trial.number for trial in ended] == list(range(LONG["trials"]))
    assert {trial.state.name for trial in ended} <= {"COMPLETE", "PRUNED"}
    # Each epoch was reported once, none was skipped.
    for trial in ended:
        epochs = sorted(trial.intermediate_values)
        assert epochs == list(range(1, len(epochs) + 1))


def test_two_drivers_run_a_sweep_once(project, write, aebench) -> None:
    write(trials=4)
    first, second = aebench("sweep", "small"), aebench("sweep", "small")
    first.finish()
    second.finish()
    assert len(trials()) == 4
