"""Tests that need separate processes: SIGKILL, and two processes that want the same run."""

import os
import signal
import time
from pathlib import Path

import pytest
import warm

from aebench.training.runs import RunStore

pytestmark = pytest.mark.slow
# Trains the run of `spec.json`; notes its process and each epoch; stays in epoch 3 until `go`.
TRAINER = """
import json, os, sys, time
from pathlib import Path
from aebench.data.prepared import Prepared
from aebench.core.schema import parse
from aebench.training.train import train_run
from aebench.training.runs import RunSpec, RunStore

folder = Path(sys.argv[1])

class Listener:
    def begin(self, label, spec): pass
    def end(self, run): pass
    def epoch(self, row):
        with (folder / "epochs").open("a") as file:
            file.write(f"{os.getpid()} {row['epoch']}\\n")
        while row["epoch"] == 3 and not (folder / "go").exists():
            time.sleep(0.02)

spec = parse(RunSpec, json.loads((folder / "spec.json").read_text()), "spec.json")
prepared = Prepared.load(folder / "prepared.safetensors")
train_run(spec, prepared, "test", RunStore(folder / "runs"), listener=Listener())
"""


class Trainers:
    """Two processes that want the run of `spec` at the same time."""

    def __init__(self, folder: Path, prepared, spec):
        self.folder = folder
        prepared.save(folder / "prepared.safetensors")
        (folder / "spec.json").write_text(spec.model_dump_json())
        environment = os.environ | {"AEBENCH_CHECKPOINT_SECONDS": "0"}
        self.processes = [
            warm.python(TRAINER, str(folder), cwd=folder, env=environment) for _ in range(2)
        ]

    @property
    def epochs(self) -> list[tuple[int, int]]:
        """Process and epoch of each epoch that was trained."""
        path = self.folder / "epochs"
        lines = path.read_text().splitlines() if path.exists() else []
        return [(int(pid), int(epoch)) for pid, epoch in map(str.split, lines)]

    def until_one_trains_and_the_other_waits(self) -> tuple[warm.Command, warm.Command]:
        deadline = time.monotonic() + 90
        while not (
            any("waiting for it" in process.errors for process in self.processes)
            and [epoch for _, epoch in self.epochs] == [1, 2, 3]
        ):
            assert time.monotonic() < deadline, [process.errors for process in self.processes]
            time.sleep(0.05)
        holder = self.epochs[0][0]
        first, second = self.processes
        return (first, second) if first.pid == holder else (second, first)

    def go(self) -> None:
        (self.folder / "go").touch()


@pytest.fixture
def trainers(tmp_path: Path, prepared, spec):
    trainers = Trainers(tmp_path, prepared, spec("masked muon"))
    yield trainers
    for process in trainers.processes:
        process.kill()


@pytest.fixture
def run(trainers: Trainers, spec):
    return lambda: RunStore(trainers.folder / "runs").get(spec("masked muon").id)


def test_two_processes_train_a_run_once(trainers: Trainers, run, spec, trained, kept) -> None:
    holder, waiter = trainers.until_one_trains_and_the_other_waits()
    assert run() is None
    trainers.go()
    assert [holder.wait(), waiter.wait()] == [0, 0]
    assert trainers.epochs == [(holder.pid, epoch) for epoch in (1, 2, 3, 4, 5)]
    assert kept(run()) == kept(trained(spec("masked muon")))


def test_a_killed_training_is_taken_over_to_the_same_bytes(
    trainers: Trainers, run, spec, trained, kept
) -> None:
    holder, waiter = trainers.until_one_trains_and_the_other_waits()
    holder.kill()
    assert holder.wait() == -signal.SIGKILL
    trainers.go()
    assert waiter.wait() == 0
    # Epoch 3 was not saved yet when the holder died.
    assert trainers.epochs == [
        *((holder.pid, epoch) for epoch in (1, 2, 3)),
        *((waiter.pid, epoch) for epoch in (3, 4, 5)),
    ]
    assert kept(run()) == kept(trained(spec("masked muon")))
