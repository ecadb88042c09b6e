"""The driver, with trials whose losses are given."""

import contextlib
import math
import random

import pytest
from optuna.storages.journal import JournalFileBackend

from aebench.cli import main
from aebench.core.errors import InputError
from aebench.experiments.recipe import Recipe
from aebench.sweeps import samplers

SAMPLERS = ["tpe", "random", "qmc", "cmaes", "grid", "gp"]
HYPERBAND = {"name": "hyperband", "least": 1, "factor": 2}


def bowl(recipe: Recipe) -> list[float]:
    """The minimum is 0, at AdamW with a rate of 0.01 and a dropout of 0.2."""
    optimizer, dropout = recipe.training.optimizer, recipe.model.dropout
    distance = (math.log10(optimizer.lr) + 2) ** 2 + (5 * dropout - 1) ** 2
    return [distance + (0.5 if optimizer.name == "sgd" else 0)]


@pytest.mark.parametrize("name", SAMPLERS)
def test_a_sampler_comes_close_to_the_optimum(name, drive) -> None:
    """The space's mean loss is 1.8; 4 % of random points have less than 0.1."""
    driver = drive(bowl, sampler={"name": name, "points": 4}, trials=32, pruner={"name": "none"})
    limit = {"random": 0.3, "qmc": 0.3, "grid": 0.25}.get(name, 0.1)
    best = driver.best[0]
    assert best.values[0] < limit
    assert best.params["training.optimizer.name"] == "adamw"
    assert all(
        ("training.optimizer.momentum" in trial.params)
        == (trial.params["training.optimizer.name"] == "sgd")
        for trial in driver.finished
    )


@pytest.mark.parametrize("name", [name for name in SAMPLERS if name != "grid"])
def test_the_first_trial_is_the_recipe_and_the_others_are_not(name, drive) -> None:
    driver = drive(bowl, sampler={"name": name}, trials=4, pruner={"name": "none"})
    first, *others = [trial.params for trial in driver.finished]
    assert first == driver.start and first["training.optimizer.lr"] == 1e-3
    assert all(other != first for other in others)


def test_a_grid_is_tried_once_and_no_further(drive) -> None:
    driver = drive(bowl, sampler={"name": "grid", "points": 2}, trials=99)
    # Two rates and two dropouts; with SGD two momenta, too.
    assert len(driver.finished) == 4 + 8
    assert len({tuple(sorted(t.params.items())) for t in driver.finished}) == 12


def test_of_a_large_grid_only_the_points_that_are_tried_are_made(drive, monkeypatch) -> None:
    made, grid = [], samplers.grid

    def recorded(*arguments):
        for point in grid(*arguments):
            made.append(point)
            yield point

    monkeypatch.setattr(samplers, "grid", recorded)
    driver = drive(bowl, sampler={"name": "grid", "points": 20}, trials=3)
    assert [trial.params for trial in driver.finished] == made
    assert len(made) == 3


class Cut(BaseException):
    """Simulates a SIGKILL."""


@pytest.mark.parametrize("pruner", [{"name": "median", "startup": 2}, HYPERBAND])
@pytest.mark.parametrize("name", SAMPLERS)
def test_a_sweep_repeats_also_when_it_is_cut_anywhere(
    name, pruner, drive, tried, monkeypatch
) -> None:
    sampler = {"name": name, "startup": 4, "points": 2}
    changes = {"sampler": sampler, "trials": 8, "pruner": pruner}
    losses = falling
    whole = tried(drive(losses, "journal:whole.log", **changes))
    assert tried(drive(losses, "journal:again.log", **changes)) == whole
    chance, cuts = random.Random(0), 0
    append_logs = JournalFileBackend.append_logs

    def append_or_cut(self, logs):
        nonlocal cuts
        # Often enough to hit every kind of write: trials, parameters, losses, ends.
        if chance.random() < 0.2:
            cuts += 1
            raise Cut
        append_logs(self, logs)

    monkeypatch.setattr(JournalFileBackend, "append_logs", append_or_cut)
    cut = None
    while cut is None:
        with contextlib.suppress(Cut):
            cut = drive(losses, "journal:cut.log", **changes)
    assert cuts > 10
    assert tried(cut) == whole


def falling(recipe: Recipe) -> list[float]:
    """Losses of six epochs that approach the bowl's value, all from the same start."""
    (end,) = bowl(recipe)
    return [end + 3 * 0.5**epoch for epoch in range(6)]


def test_divergence_and_lack_of_memory_are_recorded_and_avoided(drive) -> None:
    """Trainings fail in a third of the space; the optimum lies in the rest."""

    def losses(recipe: Recipe) -> list[float] | str:
        rate = recipe.training.optimizer.lr
        if rate > 1e-2:
            return "diverged" if rate < 4e-2 else "out of memory"
        return [(math.log10(rate) + 3) ** 2 + recipe.model.dropout]

    driver = drive(losses, trials=40, pruner={"name": "none"}, sampler={"name": "tpe"})
    bad = [not math.isfinite(trial.values[0]) for trial in driver.finished]
    assert {t.user_attrs["status"] for t in driver.finished} == {"ok", "diverged", "out of memory"}
    assert sum(bad[:10]) >= 3
    assert sum(bad[-20:]) <= 4
    assert all(math.isfinite(trial.values[0]) for trial in driver.best)


def test_a_failed_trial_is_tried_once_more_by_the_next_driver(drive) -> None:
    def states(driver) -> list[str]:
        return [trial.state.name for trial in driver.study.get_trials()]

    assert states(drive(lambda _: "failed", trials=4)) == ["RUNNING"] * 4
    assert states(drive(bowl, trials=2)) == ["COMPLETE"] * 2 + ["RUNNING"] * 2
    driver = drive(lambda _: "failed", trials=4)
    assert states(driver) == ["COMPLETE"] * 2 + ["FAIL"] * 2
    assert states(drive(bowl, trials=5)) == ["COMPLETE"] * 2 + ["FAIL"] * 2 + ["COMPLETE"]


@pytest.mark.parametrize("pruner", [{"name": "median", "startup": 2}, HYPERBAND])
def test_pruning_ends_bad_trials_and_keeps_the_best(pruner, drive) -> None:
    driver = drive(falling, trials=20, pruner=pruner)
    pruned = [trial for trial in driver.finished if trial.state.name == "PRUNED"]
    assert 3 <= len(pruned) <= 15
    # No trial is pruned after its last epoch.
    assert all(len(trial.intermediate_values) < 6 for trial in pruned)
    ends = {t.number: t.values[0] for t in driver.finished if t.state.name == "COMPLETE"}
    assert min(ends.values()) == driver.best[0].values[0]
    whole = drive(falling, "journal:none.log", trials=20, pruner={"name": "none"})
    assert all(len(trial.intermediate_values) == 6 for trial in whole.finished)
    assert driver.best[0].values[0] < 0.3


def test_pruning_waits_for_the_kl_term(drive) -> None:
    hidden = {"widths": [4], "unit": "tanh"}
    model = {"name": "vae", "latent": 2, "encoder": hidden, "decoder": hidden}
    objective = {"name": "elbo", "binarization": "stochastic", "kl_warmup": 3}
    driver = drive(
        lambda recipe: [recipe.training.optimizer.lr] * 6,
        recipe={"model": model, "objective": objective, "training.epochs": 6},
        space={"training.optimizer.lr": {"low": 1e-3, "high": 1.0}},
        applies_to="vae",
        sampler={"name": "random"},
        trials=15,
    )
    pruned = [trial for trial in driver.finished if trial.state.name == "PRUNED"]
    assert pruned
    # Epoch 4 is the first with the whole KL term.
    assert {len(trial.intermediate_values) for trial in pruned} == {4}


def test_more_trials_continue_a_sweep_of_fewer(drive, tried) -> None:
    few = tried(drive(bowl, trials=5))
    more = tried(drive(bowl, trials=9))
    assert more[:5] == few
    assert more == tried(drive(bowl, "journal:at-once.log", trials=9))


def test_another_space_is_another_sweep(drive) -> None:
    drive(bowl, trials=3)
    space = {"model.dropout": {"low": 0.1, "high": 0.2}}
    driver = drive(lambda recipe: [recipe.model.dropout], trials=3, space=space)
    assert [list(trial.params) for trial in driver.finished] == [["model.dropout"]] * 3


@pytest.mark.parametrize(
    "url", ["postgresql+psycopg://nobody@127.0.0.1:1/none", "nonsense", "sqlite:////no/where/x.db"]
)
def test_a_storage_that_cannot_be_used_is_one_line(url, drive) -> None:
    with pytest.raises(InputError, match="--storage") as caught:
        drive(bowl, url)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://nobody:s3cret@127.0.0.1:1/none",
        "nonsense",
        "mysql://host/name",
        "sqlite:////no/where/x.db",
        "sqlite:///params.yaml",
        "journal:nowhere/trials.log",
        "journal:sweeps",
    ],
)
def test_a_storage_that_is_refused_leaves_nothing_behind(
    url, project, write, monkeypatch, capsys
) -> None:
    write()
    before = sorted(project.rglob("*"))
    monkeypatch.setattr("sys.argv", ["aebench", "sweep", "small", "--storage", url])
    assert main() == 2
    said = capsys.readouterr().err
    assert said.startswith("aebench: --storage ") and said.count("\n") == 1
    assert "s3cret" not in said
    assert sorted(project.rglob("*")) == before
