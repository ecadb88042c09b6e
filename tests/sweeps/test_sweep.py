"""Sweeps with real trainings, one worker, in this process."""

import csv
import dataclasses
import json
import math
import os
import shutil
from statistics import mean

import pytest
from ruamel.yaml import YAML

from aebench.config.params import config_for, load_params
from aebench.core import paths
from aebench.core.errors import InputError
from aebench.core.files import read_json, write_json
from aebench.experiments import run_cell
from aebench.sweeps import comparison, sweep
from aebench.training.runs import OtherCode

L2 = {"name": "l2", "weight": 1e-3}


def results(search) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in search.folder.iterdir()}


@pytest.mark.slow
def test_the_same_bytes_twice_and_from_a_store_that_has_the_runs(search, project, rows) -> None:
    assert search().run() == 0
    first = results(search())
    assert sorted(first) == [
        "best_params.yaml",
        "history.png",
        "importances.png",
        "interactive.html",
        "intermediate.png",
        "parallel.png",
        "results.md",
        "selection.csv",
        "slices.png",
        "sweep.json",
        "trials.csv",
    ]
    assert {row["status"] for row in rows("trials")} == {"ok", "pruned"}
    # The runs are there, but Optuna knows nothing: what was pruned is trained again.
    (project / "runs" / "sweeps.sqlite").unlink()
    assert search().run() == 0
    assert results(search()) == first
    shutil.rmtree(project / "runs")
    assert search().run() == 0
    assert results(search()) == first


def test_the_page_tells_the_winner_by_its_settings_and_shows_every_picture(search, rows) -> None:
    last = search(trials=6)
    last.run()
    text = (last.folder / "results.md").read_text()
    (winner,) = (row["settings"] for row in rows("selection") if row["chosen"])
    assert f"| **{winner}** | 2 |" in text
    if winner != "defaults":
        best = YAML(typ="safe").load((last.folder / "best_params.yaml").read_text())
        assert f"| training.optimizer.lr | 0.001 | {best['training.optimizer.lr']} |" in text
    assert {path.name for path in last.folder.glob("*.png")} == {
        line.split("](")[1].rstrip(")") for line in text.splitlines() if line.startswith("![")
    }
    assert "](trials.csv)" in text and "](selection.csv)" in text
    # There is none yet.
    assert "comparison.csv" not in text
    (last.folder / "comparison.csv").write_text("sampler")
    last.run()
    assert "](comparison.csv)" in (last.folder / "results.md").read_text()


def test_pruned_trials_are_no_runs_and_leave_nothing(search, project, rows) -> None:
    search(trials=6).run()
    trials = rows("trials")
    pruned = [row for row in trials if row["status"] == "pruned"]
    assert pruned and all(row["run"] == "" and int(row["epochs"]) < 6 for row in pruned)
    assert len(list((project / "runs").glob("*/run.json"))) == 6 - len(pruned) + 2 * 2
    assert not list((project / "runs").glob("*/checkpoint.*"))


def test_the_selection_is_by_fresh_seeds_on_validation_and_reads_test_for_the_winner(
    search, project, rows
) -> None:
    selection = {"best": 2, "seeds": [11, 12, 13], "metric": "sse_per_image"}
    search(trials=6, selection=selection).run()
    chosen = rows("selection")
    assert chosen[0]["settings"] == "defaults" and len(chosen) == 3
    (winner,) = (row for row in chosen if row["chosen"])
    losses = [float(row["validation"]) for row in chosen]
    assert float(winner["validation"]) == min(losses)
    read = {row["settings"] for row in chosen if row["test_sse_per_image"]}
    assert read == {"defaults", winner["settings"]}
    # The numbers are those of the runs with these seeds.
    records = [json.loads(p.read_text()) for p in (project / "runs").glob("*/run.json")]
    best = YAML(typ="safe").load((search().folder / "best_params.yaml").read_text())
    rate = best["training.optimizer.lr"]
    own = [
        record
        for record in records
        if record["spec"]["seed"] in (11, 12, 13)
        and record["spec"]["training"]["optimizer"]["lr"] == rate
    ]
    assert len(own) == 3
    assert float(winner["validation"]) == pytest.approx(mean(r["best_validation"] for r in own))
    assert float(winner["test_sse_per_image"]) == pytest.approx(
        mean(r["metrics"]["test"]["sse_per_image"] for r in own)
    )
    low, high = (float(winner[f"validation_{end}"]) for end in ("low", "high"))
    assert low < float(winner["validation_difference"]) < high


def test_the_defaults_can_win(search, rows, project, capsys) -> None:
    """With rates that are far too small."""
    space = {"training.optimizer.lr": {"low": 1e-9, "high": 1e-8, "log": True}}
    search(space=space, trials=2).run()
    assert [row["chosen"] for row in rows("selection")] == ["yes", ""]
    before = (project / "params.yaml").read_bytes()
    search(space=space, trials=2).apply()
    assert "the defaults have won" in capsys.readouterr().out
    assert (project / "params.yaml").read_bytes() == before


def test_apply_does_a_sweep_that_was_not_done_and_leaves_it_fresh(search, project) -> None:
    search(trials=3).apply()
    best = YAML(typ="safe").load((search().folder / "best_params.yaml").read_text())
    training = config_for(load_params(), "tiny").recipes.autoencoder.training
    assert training.optimizer.lr == best["training.optimizer.lr"]
    # What the sweep is made of does not hang on params.yaml.
    before = search(trials=3).study_name
    (project / "params.yaml").write_text((project / "params.yaml").read_text() + "# changed\n")
    assert search(trials=3).study_name == before


def test_apply_does_not_take_another_sweep_s_winner_and_names_what_else_differs(
    search, capsys
) -> None:
    search(trials=3).run()
    # Rates that are surely better than the recipe's.
    space = {"training.optimizer.lr": {"low": 1e-2, "high": 2e-2}}
    changed = search(space=space, trials=2)
    changed.apply()
    best = YAML(typ="safe").load((changed.folder / "best_params.yaml").read_text())
    assert list(best) == list(space)
    applied = config_for(load_params(), "tiny").recipes.autoencoder.training.optimizer.lr
    assert applied == best["training.optimizer.lr"]
    lines = capsys.readouterr().out
    assert "not as in the sweep: model.widths: " in lines
    assert "sweep: training.optimizer.lr" not in lines


def test_apply_does_not_take_a_winner_of_other_data_or_of_older_trainings(
    search, project, prepared, monkeypatch
) -> None:
    search(trials=2).run()
    done = []
    monkeypatch.setattr(sweep.SweepRunner, "run", lambda self: done.append(self) or 0)
    search(trials=2).apply()
    assert not done
    stated = search().folder / "sweep.json"
    whole = read_json(stated)
    assert "aebench.models.stacked" in whole["code"]
    write_json(stated, whole | {"code": whole["code"] | {"aebench.models.stacked": "0"}})
    search(trials=2).apply()
    assert len(done) == 1
    write_json(stated, whole)
    # As with another share for validation.
    dataclasses.replace(prepared, split=prepared.split[::-1]).save(paths.prepared("tiny"))
    search(trials=2).apply()
    assert len(done) == 2


def test_apply_changes_nothing_where_trainings_fail_and_tries_them_again(
    search, project, rows, monkeypatch
) -> None:
    before = (project / "params.yaml").read_bytes()
    # Of a sweep that was done before: not this one's winner.
    search(trials=2, space={"model.dropout": {"low": 0.1, "high": 0.2}}).run()
    with monkeypatch.context() as broken:
        broken.setattr(run_cell, "train_run", lambda *_, **__: 1 / 0)
        for _ in range(2):
            with pytest.raises(SystemExit, match="trainings failed; the same command"):
                search(trials=2).apply()
            assert (project / "params.yaml").read_bytes() == before
    search(trials=2).apply()
    assert {row["status"] for row in rows("trials")} == {"failed"}
    assert {row["seeds"] for row in rows("selection")} == {"2"}


def test_a_hyperparameter_that_cannot_be_applied_is_said_before_the_sweep(search, project) -> None:
    """The pipeline says how many epochs a layer is trained, and not a share of all."""
    share = {"pretrain": {"method": "greedy", "share": 0.4}, "training.epochs": 6}
    with pytest.raises(
        InputError, match=r"recipes\.autoencoder, .*allowed: one of share and epochs"
    ):
        search(recipe=share, space={"pretrain.share": {"choices": [0.4, 0.5]}}).apply()
    assert not (project / "runs").exists()


def test_a_hyperparameter_that_params_yaml_does_not_say_yet_is_written_there(
    search, project, rows
) -> None:
    """Of two penalties the larger one is sure to lose."""
    weak, strong = ([L2 | {"weight": weight}] for weight in (1e-9, 1e3))
    space = {"objective.penalties": {"choices": [strong, weak]}}
    sampler = {"name": "grid"}
    search(recipe={"objective.penalties": strong}, space=space, sampler=sampler, trials=2).apply()
    (penalty,) = config_for(load_params(), "tiny").recipes.autoencoder.objective.penalties
    assert penalty.model_dump() == weak[0]


MODULE = "aebench.models.stacked"


@pytest.mark.parametrize("seed", [5, 11])
@pytest.mark.parametrize("decision", [OtherCode(retrain=True), OtherCode(accept="a name only")])
def test_trainings_of_other_code_are_an_error_until_somebody_decides(
    decision: OtherCode, seed: int, search, project
) -> None:
    """Those of trials, whose seed is 5, and those of the selection."""
    changes = {"trials": 2, "pruner": {"name": "none"}}
    search(**changes).run()
    first = results(search(**changes))
    made = {path: read_json(path) for path in (project / "runs").glob("*/run.json")}
    path, whole = next(one for one in made.items() if one[1]["spec"]["seed"] == seed)
    write_json(path, whole | {"code": whole["code"] | {MODULE: "0"}})
    with pytest.raises(InputError, match=f"the code of {MODULE} has changed since 1 results .*"):
        search(**changes).run()
    assert search({"other_code": decision}, **changes).run() == 0
    accepted = {"accepted": [{"reason": "a name only", "code": {MODULE: "0"}}]}
    assert read_json(path) == whole | (accepted if decision.accept else {})
    assert search(**changes).run() == 0
    assert results(search(**changes)) == first


def test_two_objectives_and_their_front(search, rows) -> None:
    space = {"model.widths": {"choices": [[4], [12, 4], [24, 12, 4]]}}
    changes = {"pruner": {"name": "none"}, "sampler": {"name": "grid"}}
    assert search(space=space, objectives=["validation_loss", "parameters"], **changes).run() == 0
    # Both directions, weights and biases, of 36 pixels.
    assert [int(float(row["parameters"])) for row in rows("trials")] == [
        2 * 36 * 4 + 4 + 36,
        2 * (36 * 12 + 12 * 4) + 12 + 4 + 12 + 36,
        2 * (36 * 24 + 24 * 12 + 12 * 4) + 24 + 12 + 4 + 12 + 24 + 36,
    ]
    assert "pareto.png" in results(search())


def test_mlflow_shows_pruned_trials_as_pruned_and_not_as_failed(
    search, project, rows, monkeypatch
) -> None:
    import mlflow

    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{project}/mlflow.db")
    explosive = {"training.optimizer.lr": {"choices": [1e-3, 1e-2, 1e30]}}
    optimizer = {"training.optimizer.name": {"choices": ["sgd"]}}
    space = optimizer | explosive | {"model.dropout": {"low": 0.0, "high": 0.5}}
    changes = {"space": space, "trials": 7, "sampler": {"name": "random"}}
    for _ in range(2):
        search(**changes).run()
    client = mlflow.MlflowClient(os.environ["MLFLOW_TRACKING_URI"])
    experiment = client.get_experiment_by_name("tiny").experiment_id
    found = client.search_runs([experiment])
    (parent,) = (run for run in found if "mlflow.parentRunId" not in run.data.tags)
    assert parent.info.run_name.startswith("sweep: tiny small")
    nested = [run for run in found if "aebench.trial" in run.data.tags]
    assert {run.data.tags["mlflow.parentRunId"] for run in nested} == {parent.info.run_id}
    trials = rows("trials")
    assert {row["status"] for row in trials} == {"ok", "pruned", "diverged"}
    ended = {"ok": "FINISHED", "pruned": "FINISHED", "diverged": "FAILED"}
    shown = {run.info.run_name: run for run in nested}
    assert len(shown) == len(nested) == len(trials)
    for row in trials:
        status = row["status"]
        suffix = "" if status == "ok" else f", {status}"
        run = shown[f"trial {row['trial']}, seed 5{suffix}"]
        assert run.data.tags["aebench.trial"] == status
        assert run.info.status == ended[status]
        if status == "pruned":
            points = client.get_metric_history(run.info.run_id, "validation_loss")
            assert len(points) == int(row["epochs"]) < 6
            assert points[-1].value == pytest.approx(float(row["validation_loss"]))
    assert all(math.isinf(float(r["validation_loss"])) for r in trials if r["status"] == "diverged")


def test_a_dry_run_trains_nothing(search, project) -> None:
    text = search().plan()
    assert "training.optimizer.lr: low 0.0001, high 0.1, log True" in text
    assert "8 trials of 6 epochs (tpe, pruner median), 0 of them there; 4 runs" in text
    assert not list((project / "runs").glob("*/run.json"))


def test_a_comparison_counts_what_failed(search, monkeypatch, capsys) -> None:
    monkeypatch.setattr(comparison, "SEEDS", 1)
    monkeypatch.setattr(run_cell, "train_run", lambda *_, **__: 1 / 0)
    # For the second time it is the trial's end.
    for _ in range(2):
        with comparison.compare(search(trials=2)).open() as file:
            sweeps = list(csv.DictReader(file))
        assert [(row["trials"], row["failed"]) for row in sweeps] == [("2", "2")] * 3
        assert "trial 1, seed 5: failed: ZeroDivisionError" in capsys.readouterr().err


def test_a_comparison_is_of_equally_many_trials_and_counts_epochs(
    search, rows, monkeypatch
) -> None:
    monkeypatch.setattr(comparison, "SEEDS", 1)
    path = comparison.compare(search(trials=4, pruner={"name": "median", "startup": 1}))
    with path.open() as file:
        sweeps = list(csv.DictReader(file))
    assert [(row["sampler"], row["pruner"], row["seed"]) for row in sweeps] == [
        ("tpe", "median", "5"),
        ("random", "median", "5"),
        ("tpe", "none", "5"),
    ]
    assert {(row["trials"], row["failed"]) for row in sweeps} == {("4", "0")}
    pruned, _, whole = (int(row["epochs"]) for row in sweeps)
    assert pruned < whole == 4 * 6
    # The first is the sweep itself.
    search(trials=4, pruner={"name": "median", "startup": 1}).run()
    best = min(float(row["validation_loss"]) for row in rows("trials") if row["status"] == "ok")
    assert float(sweeps[0]["best_validation_loss"]) == best
