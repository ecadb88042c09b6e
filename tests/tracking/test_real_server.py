"""With real processes: `mlflow server` killed in the middle of a training, a hang at the end."""

import subprocess
import sys
import time
from pathlib import Path

import pytest
import servers

from aebench.core import paths
from aebench.tracking.live import LiveTracker
from aebench.tracking.server import URI
from aebench.tracking.track import track

pytestmark = pytest.mark.integration
# Trains against an address that accepts and never answers, then comes to its end.
HANGING = """
import socket, sys, time
from pathlib import Path
from aebench.core import paths
from aebench.data.prepared import Prepared
from aebench.core.schema import parse
from aebench.tracking import live
from aebench.training.train import train_run
from aebench.training.runs import RunSpec, RunStore
import json, os

live.GRACE = 1.0
# Who waits for the server's answer, waits for longer than the test does.
os.environ["MLFLOW_HTTP_REQUEST_TIMEOUT"] = "600"
server = socket.create_server(("127.0.0.1", 0), backlog=100)
os.environ["MLFLOW_TRACKING_URI"] = f"http://127.0.0.1:{server.getsockname()[1]}"
prepared = Prepared.load(paths.prepared("tiny"))
with live.LiveTracker("tiny") as tracker:
    spec = parse(RunSpec, json.loads(Path("spec.json").read_text()), "spec.json")
    train_run(spec, prepared, "test", RunStore(), listener=tracker)
Path("trained").touch()
"""


class Server:
    """`mlflow server` in a folder of its own, always at the same address."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.port = servers.free_port()
        self.uri = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen | None = None

    def start(self) -> None:
        artifacts = ("--artifacts-destination", str(self.folder / "artifacts"))
        log = self.folder / "server.log"
        store = f"sqlite:///{self.folder}/server.db"
        self.process = servers.mlflow(store, self.port, log, *artifacts)

    def kill(self) -> None:
        if self.process:
            servers.kill(self.process)
            self.process = None


@pytest.fixture
def server(tmp_path: Path, empty_database: Path):
    folder = tmp_path / "server"
    folder.mkdir()
    (folder / "server.db").write_bytes(empty_database.read_bytes())
    server = Server(folder)
    yield server
    server.kill()


def test_a_server_that_goes_away_and_comes_back(
    server, tracked, untracked, files, contents, monkeypatch, capfd
) -> None:
    monkeypatch.setenv(URI, server.uri)
    server.start()
    tracked(seed=1)
    out, err = capfd.readouterr()
    assert out == ""
    assert all("seed-1" in line for line in err.splitlines() if line.strip()), err
    (whole,) = contents()
    assert (whole["status"], len(whole["models"]), whole["outputs"]) == ("FINISHED", 1, 1)

    class Fatal(LiveTracker):
        """Kills the server once the first epochs are there."""

        def epoch(self, row) -> None:
            if row["epoch"] == 3:
                while self.tasks.qsize() or self.rows:
                    time.sleep(0.05)
                server.kill()
            super().epoch(row)

    began = time.monotonic()
    run = tracked(tracker=Fatal)
    assert time.monotonic() - began < 20
    (line,) = [line for line in capfd.readouterr().err.splitlines() if "MLflow" in line]
    assert f"MLflow at {server.uri} stopped" in line
    assert files(run) == files(untracked())

    server.start()
    broken = contents()[0]
    assert (broken["name"], broken["status"]) == ("finetuned, seed 0", "RUNNING")
    points = broken["metrics"]["validation_loss"]
    assert [step for step, _ in points] in ([1], [1, 2])
    run.copy_to(paths.stage_runs("tiny", "finetune") / "finetuned-seed-0")
    assert [track(), track()] == [(1, 1), (0, 1)]
    completed, before = contents()
    assert before == whole
    assert completed["metrics"].keys() == whole["metrics"].keys()
    assert [step for step, _ in completed["metrics"]["validation_loss"]] == [1, 2, 3, 4]
    for part in ("status", "ended", "artifacts", "outputs", "data"):
        assert completed[part] == whole[part]
    assert [m.files for m in completed["models"]] == [m.files for m in whole["models"]]


def test_a_process_ends_though_the_server_hangs(spec, prepared) -> None:
    Path("spec.json").write_text(spec().model_dump_json())
    command = [sys.executable, "-c", HANGING]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (ended.returncode, ended.stdout) == (0, "")
    assert ended.stderr.count("MLflow") == 1
    # Since the training came to its end, the process took no longer than to unload its libraries.
    assert time.time() - Path("trained").stat().st_mtime < 5
