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

from aebench.commands.named.locate import locate
from aebench.config.params import config_for, load_params
from aebench.core import paths
from aebench.core.errors import InputError
from aebench.core.files import read_json, write_json
from aebench.core.sealed import read_sealed
from aebench.experiments import run_cell
from aebench.sweeps import comparison, sweep
from aebench.training.runs import OtherCode

L2 = {"name": "l2", "weight": 1e-3}


def results(runner) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in runner.folder.iterdir()}


@pytest.mark.slow
def test_the_same_bytes_twice_and_from_a_store_that_has_the_runs(runner, project, rows) -> None:
    assert runner().run() == 0
    first = results(runner())
    assert sorted(first) == [
        "best_params.yaml",
        "history.png",
        "importances.png",
        "index.html",
        "index.md",
        "interactive.html",
        "intermediate.png",
        "parallel.png",
        "selection.csv",
        "slices.png",
        "sweep.json",
        "trials.csv",
    ]
    assert {row["status"] for row in rows("trials")} == {"ok", "pruned"}
    # The runs exist, but Optuna's trials do not: pruned trials are trained again.
    (project / "runs" / "sweeps.sqlite").unlink()
    assert runner().run() == 0
    assert results(runner()) == first
    shutil.rmtree(project / "runs")
    assert runner().run() == 0
    assert results(runner()) == first


def test_the_page_has_the_winner_s_settings_and_every_picture(runner, rows) -> None:
    last = runner(trials=6)
    last.run()
    text = (last.folder / "index.md").read_text()
    (winner,) = (row["settings"] for row in rows("selection") if row["chosen"])
    assert f"| **{winner}** | 2 |" in text
    if winner != "defaults":
        best = YAML(typ="safe").load((last.folder / "best_params.yaml").read_text())
        assert f"| training.optimizer.lr | 0.001 | {best['training.optimizer.lr']} |" in text
    assert {path.name for path in last.folder.glob("*.png")} == {
        line.split("](")[1].rstrip(")") for line in text.splitlines() if line.startswith("![")
    }
    assert "](trials.csv)" in text and "](selection.csv)" in text
    # Not written yet.
    assert "comparison.csv" not in text
    (last.folder / "comparison.csv").write_text("sampler")
    last.run()
    assert "](comparison.csv)" in (last.folder / "index.md").read_text()


def test_pruned_trials_are_no_runs_and_leave_nothing(runner, project, rows) -> None:
    runner(trials=6).run()
    trials = rows("trials")
    pruned = [row for row in trials if row["status"] == "pruned"]
    assert pruned and all(row["run"] == "" and int(row["epochs"]) < 6 for row in pruned)
    assert len(list((project / "runs").glob("*/run.json"))) == 6 - len(pruned) + 2 * 2
    assert not list((project / "runs").glob("*/checkpoint.*"))


def test_the_selection_is_by_fresh_seeds_on_validation_and_reads_test_for_the_winner(
    runner, project, rows
) -> None:
    selection = {"best": 2, "seeds": [11, 12, 13], "metric": "sse_per_image"}
    runner(trials=6, selection=selection).run()
    models = [locate(f"sweep:small/{seed}").source for seed in (11, 12, 13)]
    chosen = rows("selection")
    assert chosen[0]["settings"] == "defaults" and len(chosen) == 3
    (winner,) = (row for row in chosen if row["chosen"])
    losses = [float(row["validation"]) for row in chosen]
    assert float(winner["validation"]) == min(losses)
    read = {row["settings"] for row in chosen if row["test_sse_per_image"]}
    assert read == {"defaults", winner["settings"]}
    # The numbers are those of the runs with these seeds.
    records = [json.loads(p.read_text()) for p in (project / "runs").glob("*/run.json")]
    best = YAML(typ="safe").load((runner().folder / "best_params.yaml").read_text())
    rate = best["training.optimizer.lr"]
    own = [
        record
        for record in records
        if record["spec"]["seed"] in (11, 12, 13)
        and record["spec"]["training"]["optimizer"]["lr"] == rate
    ]
    assert len(own) == 3
    assert {model.id for model in models} == {record["id"] for record in own}
    assert float(winner["validation"]) == pytest.approx(mean(r["best_validation"] for r in own))
    assert float(winner["test_sse_per_image"]) == pytest.approx(
        mean(r["metrics"]["test"]["sse_per_image"] for r in own)
    )
    low, high = (float(winner[f"validation_{end}"]) for end in ("low", "high"))
    assert low < float(winner["validation_difference"]) < high


def test_the_defaults_can_win(runner, rows, project, capsys) -> None:
    """All rates of the space are far too small."""
    space = {"training.optimizer.lr": {"low": 1e-9, "high": 1e-8, "log": True}}
    runner(space=space, trials=2).run()
    assert [row["chosen"] for row in rows("selection")] == ["yes", ""]
    before = (project / "params.yaml").read_bytes()
    runner(space=space, trials=2).apply()
    assert "the defaults have won" in capsys.readouterr().out
    assert (project / "params.yaml").read_bytes() == before


def test_a_shorter_sweep_says_which_trials_it_counts(runner, rows, capsys) -> None:
    runner(trials=3).run()
    assert "--trials" not in capsys.readouterr().out
    runner(trials=2).run()
    assert len(rows("trials")) == 2
    assert "of 3 trials the first 2 count; all do with --trials 3" in capsys.readouterr().out


def test_apply_runs_a_sweep_that_was_not_run_and_does_not_make_it_stale(runner, project) -> None:
    runner(trials=3).apply()
    best = YAML(typ="safe").load((runner().folder / "best_params.yaml").read_text())
    training = config_for(load_params(), "tiny").recipes.autoencoder.training
    assert training.optimizer.lr == best["training.optimizer.lr"]
    # The sweep does not depend on params.yaml.
    before = runner(trials=3).search.study_name
    (project / "params.yaml").write_text((project / "params.yaml").read_text() + "# changed\n")
    assert runner(trials=3).search.study_name == before


def test_apply_does_not_take_another_sweep_s_winner_and_names_what_else_differs(
    runner, capsys
) -> None:
    runner(trials=3).run()
    # Rates that are surely better than the recipe's.
    space = {"training.optimizer.lr": {"low": 1e-2, "high": 2e-2}}
    changed = runner(space=space, trials=2)
    changed.apply()
    best = YAML(typ="safe").load((changed.folder / "best_params.yaml").read_text())
    assert list(best) == list(space)
    applied = config_for(load_params(), "tiny").recipes.autoencoder.training.optimizer.lr
    assert applied == best["training.optimizer.lr"]
    lines = capsys.readouterr().out
    assert "differs from the sweep: model.widths: " in lines
    assert "sweep: training.optimizer.lr" not in lines


def test_apply_does_not_take_a_winner_of_other_data_or_of_older_trainings(
    runner, project, prepared, monkeypatch
) -> None:
    runner(trials=2).run()
    done = []
    monkeypatch.setattr(sweep.SweepRunner, "run", lambda self: done.append(self) or 0)
    runner(trials=2).apply()
    assert not done
    stated = runner().folder / "sweep.json"
    whole = read_json(stated)
    assert "aebench.models.stacked" in whole["code"]
    write_json(stated, whole | {"code": whole["code"] | {"aebench.models.stacked": "0"}})
    runner(trials=2).apply()
    assert len(done) == 1
    write_json(stated, whole)
    # Other data: the same images with another split.
    dataclasses.replace(prepared, split=prepared.split[::-1]).save(paths.prepared("tiny"))
    runner(trials=2).apply()
    assert len(done) == 2


def test_apply_changes_nothing_where_trainings_fail_and_tries_them_again(
    runner, project, rows, monkeypatch
) -> None:
    before = (project / "params.yaml").read_bytes()
    # The winner of an earlier sweep, which is not this one's.
    runner(trials=2, space={"model.dropout": {"low": 0.1, "high": 0.2}}).run()
    with monkeypatch.context() as broken:
        broken.setattr(run_cell, "train_run", lambda *_, **__: 1 / 0)
        for _ in range(2):
            with pytest.raises(SystemExit, match="trainings failed; the same command"):
                runner(trials=2).apply()
            assert (project / "params.yaml").read_bytes() == before
    runner(trials=2).apply()
    assert {row["status"] for row in rows("trials")} == {"failed"}
    assert {row["seeds"] for row in rows("selection")} == {"2"}


def test_a_winner_that_could_not_be_applied_is_an_error_before_the_sweep(runner, project) -> None:
    """The pipeline sets the epochs of each layer, so it cannot take a share of all epochs."""
    share = {"pretrain": {"method": "greedy", "share": 0.4}, "training.epochs": 6}
    with pytest.raises(
        InputError, match=r"recipes\.autoencoder, .*allowed: one of share and epochs"
    ):
        runner(recipe=share, space={"pretrain.share": {"choices": [0.4, 0.5]}}).apply()
    assert not (project / "runs").exists()


def test_a_setting_that_params_yaml_lacks_is_added(runner, project, rows) -> None:
    """The larger of the two penalties is sure to lose."""
    weak, strong = ([L2 | {"weight": weight}] for weight in (1e-9, 1e3))
    space = {"objective.penalties": {"choices": [strong, weak]}}
    sampler = {"name": "grid"}
    runner(recipe={"objective.penalties": strong}, space=space, sampler=sampler, trials=2).apply()
    (penalty,) = config_for(load_params(), "tiny").recipes.autoencoder.objective.penalties
    assert penalty.model_dump() == weak[0]


MODULE = "aebench.models.stacked"


@pytest.mark.parametrize("seed", [5, 11])
@pytest.mark.parametrize("decision", [OtherCode(retrain=True), OtherCode(accept="a name only")])
def test_trainings_of_other_code_are_an_error_until_somebody_decides(
    decision: OtherCode, seed: int, runner, project, of_other_code
) -> None:
    """Seed 5 is that of the trials, 11 of the selection."""
    changes = {"trials": 2, "pruner": {"name": "none"}}
    runner(**changes).run()
    first = results(runner(**changes))
    made = {path: read_sealed(path) for path in (project / "runs").glob("*/run.json")}
    path, whole = next(item for item in made.items() if item[1]["spec"]["seed"] == seed)
    of_other_code(path, MODULE)
    with pytest.raises(InputError, match=f"the code of {MODULE} has changed since 1 results .*"):
        runner(**changes).run()
    assert runner({"other_code": decision}, **changes).run() == 0
    accepted = {"accepted": [{"reason": "a name only", "code": {MODULE: "0123456789abcdef"}}]}
    assert read_sealed(path) == whole | (accepted if decision.accept else {})
    assert runner(**changes).run() == 0
    assert results(runner(**changes)) == first


def test_two_objectives_and_their_front(runner, rows) -> None:
    space = {"model.widths": {"choices": [[4], [12, 4], [24, 12, 4]]}}
    changes = {"pruner": {"name": "none"}, "sampler": {"name": "grid"}}
    assert runner(space=space, objectives=["validation_loss", "parameters"], **changes).run() == 0
    # Both directions, weights and biases, of 36 pixels.
    assert [int(float(row["parameters"])) for row in rows("trials")] == [
        2 * 36 * 4 + 4 + 36,
        2 * (36 * 12 + 12 * 4) + 12 + 4 + 12 + 36,
        2 * (36 * 24 + 24 * 12 + 12 * 4) + 24 + 12 + 4 + 12 + 24 + 36,
    ]
    assert "pareto.png" in results(runner())


def test_mlflow_shows_pruned_trials_as_pruned_and_not_as_failed(
    runner, project, rows, monkeypatch
) -> None:
    import mlflow

    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{project}/mlflow.db")
    explosive = {"training.optimizer.lr": {"choices": [1e-3, 1e-2, 1e30]}}
    optimizer = {"training.optimizer.name": {"choices": ["sgd"]}}
    space = optimizer | explosive | {"model.dropout": {"low": 0.0, "high": 0.5}}
    changes = {"space": space, "trials": 7, "sampler": {"name": "random"}}
    for _ in range(2):
        runner(**changes).run()
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


def test_a_dry_run_trains_nothing(runner, project) -> None:
    text = runner().plan()
    assert "training.optimizer.lr: low 0.0001, high 0.1, log True" in text
    assert "8 trials of 6 epochs (tpe, pruner median), 0 of them exist already; 4 runs" in text
    assert not list((project / "runs").glob("*/run.json"))


def test_a_comparison_counts_what_failed(runner, monkeypatch, capsys) -> None:
    monkeypatch.setattr(comparison, "SEEDS", 1)
    monkeypatch.setattr(run_cell, "train_run", lambda *_, **__: 1 / 0)
    # After the second failure the trial is finished.
    for _ in range(2):
        with comparison.compare(runner(trials=2)).open() as file:
            sweeps = list(csv.DictReader(file))
        assert [(row["trials"], row["failed"]) for row in sweeps] == [("2", "2")] * 3
        assert "trial 1, seed 5: failed: ZeroDivisionError" in capsys.readouterr().err


def test_a_comparison_is_of_equally_many_trials_and_counts_epochs(
    runner, rows, monkeypatch
) -> None:
    monkeypatch.setattr(comparison, "SEEDS", 1)
    path = comparison.compare(runner(trials=4, pruner={"name": "median", "startup": 1}))
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
    # The first row is the sweep itself.
    runner(trials=4, pruner={"name": "median", "startup": 1}).run()
    best = min(float(row["validation_loss"]) for row in rows("trials") if row["status"] == "ok")
    assert float(sweeps[0]["best_validation_loss"]) == best
