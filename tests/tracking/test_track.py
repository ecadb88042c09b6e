"""`aebench track`: completes whatever is missing, and only that."""

import shutil
import socket
import sys
from pathlib import Path

import pytest

from aebench import cli
from aebench.core.errors import InputError
from aebench.tracking import entry as entries
from aebench.tracking.entry import Entry
from aebench.tracking.pictures import pictures
from aebench.tracking.server import URI, client, experiment_id
from aebench.tracking.track import track


def test_restored_stages_become_the_same_entries_as_tracked_ones(
    restored, tracked, contents, project, empty_database, monkeypatch
) -> None:
    tracked("vae")
    tracked("finetuned")
    live = contents()
    shutil.rmtree("runs")
    shutil.copy(empty_database, "another.db")
    monkeypatch.setenv(URI, f"sqlite:///{project}/another.db")

    restored("vae")
    restored("finetuned")
    assert track() == (2, 2)
    found = contents()
    for run in live:
        # What a run cost stays out of the copies.
        del run["metrics"]["seconds"], run["models"][0].metrics["seconds"]
        for name in ("device", "threads", "torch", "python"):
            del run["tags"][name]
    assert found == live

    assert track() == (0, 2)
    assert contents() == found


def test_what_a_run_cost_comes_from_the_run_store(tracked, contents) -> None:
    run = tracked(tracker=lambda dataset: _deaf(dataset))
    run.copy_to(Path("models/tiny/finetune/finetuned-seed-0"))
    assert track() == (1, 1)
    (found,) = contents()
    assert found["metrics"]["seconds"] == [(0, run.cost["seconds"])]
    assert found["tags"]["device"] == run.cost["device"]


def test_what_a_run_of_other_code_cost_is_found_as_well(tracked, contents, of_other_code) -> None:
    """An entry tells what was; what has changed since is the business of whoever trains."""
    run = tracked(tracker=lambda dataset: _deaf(dataset))
    run.copy_to(Path("models/tiny/finetune/finetuned-seed-0"))
    of_other_code(run.folder / "run.json", "aebench.nets.dense")
    assert track() == (1, 1)
    assert contents()[0]["metrics"]["seconds"] == [(0, run.cost["seconds"])]


def _deaf(dataset: str):
    from contextlib import nullcontext

    return nullcontext()


def test_without_the_prepared_data_only_the_curves(restored, contents) -> None:
    restored()
    shutil.rmtree("data")
    assert track() == (1, 1)
    assert contents()[0]["artifacts"] == ["curves.png"]


def test_no_runs_need_no_mlflow(monkeypatch) -> None:
    monkeypatch.setenv(URI, "http://127.0.0.1:1")
    assert track() == (0, 0)


class Flaky:
    """An MLflow client whose call number `fails` fails: before it took effect, or after."""

    def __init__(self, client, fails: int, after: bool):
        self.client, self.fails, self.after, self.calls = client, fails, after, 0

    def __getattr__(self, name: str):
        method = getattr(self.client, name)

        def call(*arguments, **options):
            self.calls += 1
            if self.calls == self.fails and not self.after:
                raise ConnectionError
            answer = method(*arguments, **options)
            if self.calls == self.fails:
                raise ConnectionError
            return answer

        return call


@pytest.mark.slow
@pytest.mark.parametrize("after", [False, True], ids=["not-done", "done"])
def test_whichever_call_fails_a_second_try_completes_it(after, restored, contents) -> None:
    run = restored(epochs=2)
    drawn = pictures("tiny", run)

    def attempt(fails: int) -> int:
        flaky = Flaky(client(), fails, after)
        entry = Entry.open(flaky, "tiny", "finetuned-seed-0", run.spec)
        entry.finish(run, drawn)
        return flaky.calls

    experiment = experiment_id(client(), "tiny")
    calls = attempt(0)
    whole = contents()
    assert calls > 15
    for fails in range(1, calls + 1):
        for entry in client().search_runs([experiment]):
            client().delete_run(entry.info.run_id)
        with pytest.raises(ConnectionError):
            attempt(fails)
        attempt(0)
        assert contents() == whole, fails


def _refused() -> str:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"http://127.0.0.1:{server.getsockname()[1]}"


@pytest.mark.parametrize(
    ("uri", "why"),
    [
        (_refused(), "Connection refused"),
        ("sqlite:////dev/null/mlflow.db", "/dev/null"),
        ("carrier-pigeon://home", "carrier-pigeon"),
    ],
    ids=["refused", "no-database", "no-such-scheme"],
)
def test_mlflow_that_cannot_be_used_is_one_line_and_exit_code_2(
    uri, why, restored, monkeypatch, capfd
) -> None:
    restored()
    capfd.readouterr()
    monkeypatch.setenv(URI, uri)
    monkeypatch.setattr(sys, "argv", ["aebench", "track"])
    assert cli.main() == 2
    out, err = capfd.readouterr()
    assert out == ""
    (line,) = err.strip().splitlines()
    assert line.startswith(f"aebench: MLflow at {uri}: ")
    assert why in line


def test_a_bug_is_not_blamed_on_mlflow(restored, monkeypatch) -> None:
    restored()
    monkeypatch.setattr(entries, "log_model", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        track()
    with pytest.raises(InputError):
        monkeypatch.setenv(URI, _refused())
        track()
