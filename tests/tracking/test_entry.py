"""What MLflow has of a run that was trained with a tracker, read back by MLflow's own client."""

import pytest

from aebench.core.files import write_csv
from aebench.core.overrides import flatten
from aebench.core.sealed import read_sealed, write_sealed
from aebench.tracking import entry
from aebench.tracking.entry import readable
from aebench.tracking.server import client
from aebench.training.runs import Run


@pytest.mark.parametrize("kind", ["finetuned", "layer-1", "layer-2", "vae"])
def test_a_tracked_run_is_all_there(kind, tracked, contents) -> None:
    run = tracked(kind, seed=3)
    (found,) = contents()
    assert found["name"] == f"{kind.replace('-', ' ')}, seed 3"
    assert (found["status"], found["ended"]) == ("FINISHED", True)
    assert found["params"]["training.optimizer.lr"] == "0.01"
    assert found["params"]["model.name"] == run.spec.model.name
    assert found["data"] == [("tiny", run.spec.data)]
    assert found["artifacts"] == ["curves.png", "reconstructions.png"]

    history, metrics = run.history, found["metrics"]
    for name in history[0].keys() - {"epoch"}:
        assert metrics.pop(name) == [(row["epoch"], row[name]) for row in history], name
    results = {
        f"{part}.{name}": value
        for part, values in run.metrics.items()
        for name, value in values.items()
    }
    results |= {"best_epoch": run.record["best_epoch"], "seconds": run.cost["seconds"]}
    assert metrics == {name: [(0, value)] for name, value in results.items()}
    assert found["tags"]["torch"] == run.cost["torch"]

    (model,) = found["models"]
    assert (model.name, model.status, found["outputs"]) == ("model", "READY", 1)
    assert model.metrics == results
    assert model.params == found["params"]


def test_more_epochs_than_go_into_one_call(restored, contents) -> None:
    run = restored(epochs=1)
    record = read_sealed(run.folder / "run.json")
    rows = [run.history[0] | {"epoch": epoch} for epoch in range(1, 251)]
    write_csv(run.folder / "history.csv", rows)
    write_sealed(run.folder / "run.json", record, record.pop("files"))
    run = Run(run.folder)
    opened = entry.Entry.open(client(), "tiny", "long", run.spec)
    opened.finish(run, {})
    steps = [step for step, _ in contents()[0]["metrics"]["validation_loss"]]
    assert steps == list(range(1, 251))


def test_a_commit_where_there_is_one(spec, monkeypatch, contents) -> None:
    monkeypatch.setattr(entry, "git_commit", lambda: "c0ffee")
    entry.Entry.open(client(), "tiny", "a", spec(seed=0))
    monkeypatch.setattr(entry, "git_commit", lambda: None)
    entry.Entry.open(client(), "tiny", "b", spec(seed=1))
    commits = [run["tags"].get("mlflow.source.git.commit") for run in contents()]
    assert commits == ["c0ffee", None]


def test_nested_dicts_become_names_with_dots() -> None:
    nested = {"a": {"b": {"c": 1}, "d": [2, 3]}, "e": None}
    assert flatten(nested) == {"a.b.c": 1, "a.d": [2, 3], "e": None}


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("layer-1-seed-0", "layer 1, seed 0"),
        ("finetuned-seed-12", "finetuned, seed 12"),
        ("vae", "vae"),
    ],
)
def test_names_are_readable(label: str, name: str) -> None:
    assert readable(label) == name
