"""While a training runs, when it is broken off and goes on, and when MLflow is away."""

import socket
import threading
import time

import pytest

from aebench.tracking import live
from aebench.tracking.entry import RUN
from aebench.tracking.live import LiveTracker
from aebench.tracking.server import URI, client


class Watched(LiveTracker):
    """Holds the training in epoch 3 until MLflow shows it running; notes what else it shows."""

    def epoch(self, row) -> None:
        if row["epoch"] == 3:
            deadline = time.monotonic() + 20
            while not (shown := self._shown()) or shown[0] != "RUNNING" or len(shown[1]) < 2:
                assert time.monotonic() < deadline, shown
                time.sleep(0.05)
            self.status, self.points, self.params, self.data = shown
        super().epoch(row)

    def _shown(self):
        mlflow = client()
        experiment = mlflow.get_experiment_by_name(self.dataset)
        runs = mlflow.search_runs([experiment.experiment_id], f"tags.`{RUN}` != ''")
        if not runs:
            return None
        points = mlflow.get_metric_history(runs[0].info.run_id, "validation_loss")
        data = len(runs[0].inputs.dataset_inputs)
        return runs[0].info.status, [p.step for p in points], runs[0].data.params, data


def cut_in(epoch: int, error: type[BaseException], base=LiveTracker) -> type[LiveTracker]:
    """A tracker that ends the training after an epoch was logged, before that epoch is saved."""

    class Cut(base):
        def epoch(self, row) -> None:
            super().epoch(row)
            if row["epoch"] == epoch:
                raise error

    return Cut


class Killed(LiveTracker):
    """As if the process were killed after it logged its rows: nobody says farewell."""

    def __exit__(self, *_) -> None:
        self.tasks.put(self._log_rows)
        self.tasks.put(None)
        self.thread.join()


def test_epochs_are_there_before_the_training_ends(tracked, monkeypatch) -> None:
    trackers = []
    tracked(tracker=lambda dataset: trackers.append(Watched(dataset)) or trackers[0])
    (tracker,) = trackers
    assert (tracker.status, tracker.points) == ("RUNNING", [1, 2])
    assert tracker.params["seed"] == "0"
    assert tracker.data == 1


@pytest.mark.parametrize(
    ("error", "base", "status"),
    [
        (RuntimeError, LiveTracker, "FAILED"),
        (SystemExit, LiveTracker, "KILLED"),
        (RuntimeError, Killed, "RUNNING"),
    ],
    ids=["failed", "interrupted", "killed"],
)
def test_a_resumed_training_continues_its_entry(
    error, base, status, tracked, contents, untracked
) -> None:
    # Epoch 3 was logged but not saved: it is trained twice.
    with pytest.raises(error):
        tracked(tracker=cut_in(3, error, base))
    (broken,) = contents()
    assert broken["status"] == status
    assert [step for step, _ in broken["metrics"]["validation_loss"]] == [1, 2, 3]

    resumed = tracked(tracker=Watched)
    (whole,) = contents()
    assert whole["status"] == "FINISHED"
    assert len(whole["models"]) == whole["outputs"] == 1
    points = [(row["epoch"], row["validation_loss"]) for row in resumed.history]
    assert whole["metrics"]["validation_loss"] == points
    assert resumed.history == untracked().history


def test_a_run_that_is_trained_again_is_there_once(tracked, contents) -> None:
    tracked()
    once = contents()
    # The run store was lost; MLflow was not.
    tracked(store="another")
    assert contents() == once
    # Now it is in the store: nothing is trained and nothing logged.
    tracked(store="another")
    assert contents() == once
    with pytest.raises(RuntimeError):
        tracked(store="yet-another", tracker=cut_in(3, RuntimeError))
    assert contents() == once


def test_nothing_but_the_progress_is_printed(tracked, capfd) -> None:
    tracked()
    out, err = capfd.readouterr()
    assert out == ""
    bar = err.replace("\r", "\n").strip().splitlines()
    assert all(line.startswith("finetuned-seed-0: ") for line in bar if line.strip()), err


@pytest.fixture
def refused() -> str:
    """An address where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    return f"http://127.0.0.1:{port}"


@pytest.fixture
def hanging():
    """An address that accepts and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=100) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
    # Trackers that gave up still wait for an answer; that is an error now.
    for thread in threading.enumerate():
        if thread.name == "mlflow":
            thread.join(20)


def stops(err: str) -> list[str]:
    return [line for line in err.replace("\r", "\n").splitlines() if "MLflow" in line]


def test_a_refused_connection_costs_one_line(
    refused, tracked, untracked, files, monkeypatch, capfd
) -> None:
    monkeypatch.setenv(URI, refused)
    began = time.monotonic()
    runs = [tracked(seed=seed) for seed in (0, 1)]
    assert time.monotonic() - began < 15
    (line,) = stops(capfd.readouterr().err)
    assert f"MLflow at {refused} stopped ([Errno 111] Connection refused)" in line
    assert "aebench track" in line
    assert [files(run) for run in runs] == [files(untracked(seed=seed)) for seed in (0, 1)]


@pytest.mark.parametrize(
    ("timeout", "grace", "why"),
    [("1", 30, "timed out"), ("100", 2, "no answer within 2 s")],
    ids=["request", "whole"],
)
def test_a_server_that_hangs_costs_one_line_and_one_wait(
    timeout, grace, why, hanging, tracked, untracked, files, monkeypatch, capfd
) -> None:
    monkeypatch.setenv(URI, hanging)
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", timeout)
    monkeypatch.setattr(live, "GRACE", grace)
    run = tracked()
    began = time.monotonic()
    for seed in (1, 2, 3):
        tracked(seed=seed, epochs=1)
    # The short trainings themselves; waiting again would be 6 s more.
    assert time.monotonic() - began < 5
    (line,) = stops(capfd.readouterr().err)
    assert f"({why})" in line
    assert files(run) == files(untracked())


def test_a_picture_that_fails_costs_one_line(tracked, untracked, files, monkeypatch, capfd) -> None:
    def fail(*_):
        raise ValueError("no ink")

    monkeypatch.setattr(live, "pictures", fail)
    run = tracked()
    (line,) = stops(capfd.readouterr().err)
    assert "stopped (no ink)" in line
    assert files(run) == files(untracked())


def test_pictures_are_drawn_where_the_training_ran(tracked, monkeypatch) -> None:
    # Drawing builds the model, which draws random numbers: not beside another training.
    threads, pictures = [], live.pictures
    monkeypatch.setattr(
        live, "pictures", lambda *a: threads.append(threading.current_thread()) or pictures(*a)
    )
    tracked()
    assert threads == [threading.main_thread()]
