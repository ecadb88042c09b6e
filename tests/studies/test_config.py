import math
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from ruamel.yaml import YAML
from tiny_project import write_yaml

from aebench.core.errors import InputError
from aebench.core.overrides import merge
from aebench.data.prepared import PARTS, Prepared
from aebench.studies import grid, tune
from aebench.studies.config import load_study
from aebench.studies.runner import StudyRunner
from aebench.studies.tuning_table import at_border, rounds


def test_overrides_go_deep_and_a_new_name_replaces_the_section() -> None:
    base = {"a": {"x": 1, "y": 2}, "optimizer": {"name": "sgd", "momentum": 0.9}, "p": None}
    over = {"a.x": 3, "optimizer": {"name": "adamw", "lr": 1.0}, "p": {"share": 0.5}}
    assert merge(base, over) == {
        "a": {"x": 3, "y": 2},
        "optimizer": {"name": "adamw", "lr": 1.0},
        "p": {"share": 0.5},
    }
    assert base["a"] == {"x": 1, "y": 2}
    assert merge(base, {"optimizer.momentum": 0.5})["optimizer"]["momentum"] == 0.5


def test_the_grid_is_the_product_without_what_is_left_out(study) -> None:
    study(leave_out=[{"pretraining": "greedy", "rate": "low"}])
    cells = grid.cells(load_study("small", "tiny"))
    assert [(*cell.levels.values(), cell.seed) for cell in cells][:4] == [
        ("none", "low", 0),
        ("none", "low", 1),
        ("none", "low", 2),
        ("none", "low", 3),
    ]
    assert len(cells) == 15
    assert {cell.recipe.training.optimizer.lr for cell in cells} == {1e-3, 1e-2}


def test_of_the_grid_only_the_places_that_are_named(study) -> None:
    only = [{"rate": "low"}, {"pretraining": "none", "rate": "high"}]
    study(only=only, leave_out=[{"pretraining": "greedy"}], claims=[])
    places = grid.variants(load_study("small", "tiny"))
    assert places == [
        {"pretraining": "none", "rate": "low"},
        {"pretraining": "none", "rate": "high"},
    ]
    study(only=only, claims=[])
    assert len(grid.variants(load_study("small", "tiny"))) == 3


def test_pretraining_takes_its_share_of_the_same_budget(study, project) -> None:
    study()
    prepared = Prepared.load(project / "data" / "tiny" / "prepared.safetensors")
    for cell in grid.cells(load_study("small", "tiny")):
        specs = cell.specs(prepared)
        assert sum(spec.training.epochs for spec in specs) == 8
        if cell.levels["pretraining"] == "greedy":
            assert [spec.training.epochs for spec in specs] == [2, 2, 4]
            assert [spec.model.widths for spec in specs] == [[12], [12, 4], [12, 4]]
            assert [spec.model.code for spec in specs] == ["silu", "linear", "linear"]
            assert [spec.start for spec in specs] == [None, specs[0].id, specs[1].id]


def test_places_in_the_grid_can_be_adjusted(study) -> None:
    here = {"pretraining": "greedy", "rate": "low"}
    study(adjust=[{"where": here, "set": {"training.batch_size": 10}}])
    for cell in grid.cells(load_study("small", "tiny")):
        assert cell.recipe.training.batch_size == (10 if cell.levels == here else 25)


def tuned(trials: int, space: dict) -> dict:
    return {"axis": "pretraining", "trials": trials, "seeds": [8, 9], "space": space}


def ended(error: float | None) -> SimpleNamespace:
    """A stand-in for a cell's outcome with this validation error; None: it diverged."""
    run = SimpleNamespace(metrics={"validation": {"sse_per_image": error}})
    return SimpleNamespace(status="diverged" if error is None else "ok", trained=[run])


def by_rate(error: Callable[[float, int], float | None]) -> tune.RunCells:
    """Stands for trainings: each has the error of its rate and seed."""
    return lambda cells: [
        ended(error(cell.recipe.training.optimizer.lr, cell.seed)) for cell in cells
    ]


def test_trials_cover_each_levels_own_space(study) -> None:
    hyperparameter = {"low": 1e-3, "high": 1e-1}
    batch = {"choices": [10, 20]}
    space = {"none": {"training.optimizer.lr": hyperparameter}}
    space["greedy"] = space["none"] | {"training.batch_size": batch}
    study(tune=tuned(7, space))
    one = load_study("small", "tiny")
    trials = tune.trials(one)
    assert [trial.level for trial in trials] == ["none"] * 7 + ["greedy"] * 7
    rates = [trial.cells[0].recipe.training.optimizer.lr for trial in trials]
    assert all(1e-3 <= rate <= 1e-1 for rate in rates)
    # A van der Corput sequence: seven points are the eighths of the logarithmic range.
    exponents = [i / 8 for i in range(1, 8)]
    assert sorted(rates[:7]) == pytest.approx([10 ** (-3 + 2 * e) for e in exponents], rel=0.01)
    assert {trial.cells[1].recipe.training.batch_size for trial in trials[7:]} == {10, 20}
    assert all([cell.seed for cell in trial.cells] == [8, 9] for trial in trials)
    # No test image is seen.
    assert all(cell.tuning for trial in trials for cell in trial.cells)
    cells = grid.cells(one, {"greedy": trials[8].overrides})
    assert not any(cell.tuning for cell in cells)
    assert {cell.recipe.training.batch_size for cell in cells} == {
        25,
        trials[8].overrides["training.batch_size"],
    }


RATE = {"training.optimizer.lr": {"low": 1e-3, "high": 1e-1}}


def test_the_best_few_trials_meet_again_on_other_seeds_and_the_mean_decides(study) -> None:
    study(tune=tuned(7, {"none": RATE}) | {"finalists": 2})
    one = load_study("small", "tiny")
    rates = [trial.overrides["training.optimizer.lr"] for trial in tune.trials(one)]
    inner = sorted(rates)[2:5]

    def error(rate: float, seed: int) -> float | None:
        # The second is best on the first seed, diverges on the other; the first does not.
        if rate == inner[0]:
            return 1.0 if seed == 8 else None
        return {inner[1]: 2.0, inner[2]: 2.5}.get(rate, 9.0)

    found = tune.tuned(one, by_rate(error))
    assert found.best == {"none": {"training.optimizer.lr": inner[1]}}
    assert not at_border(found.table, one.tune.axis)
    assert len(found.outcomes) == 7 + 2
    rows = {row["settings"]: row for row in found.table}
    assert [row["chosen"] for row in rows.values()].count("yes") == 1
    best, lost = (rows[f"training.optimizer.lr={rate:g}"] for rate in (inner[1], inner[0]))
    assert (best["seeds"], best["chosen"], lost["validation_error"]) == (2, "yes", "diverged")


def test_spaces_widen_twice_where_the_best_lies_at_a_border_and_all_start_again(study) -> None:
    space = {level: RATE for level in ("none", "greedy")}
    study(tune=tuned(4, space))
    one = load_study("small", "tiny")
    tried: list[float] = []

    def error(rate: float, seed: int) -> float:
        tried.append(rate)
        return rate

    found = tune.tuned(one, by_rate(error))
    assert at_border(found.table, one.tune.axis) == {"none", "greedy"}
    assert [row["round"] for row in found.table] == [1] * 8 + [2] * 8 + [3] * 8
    assert [row["trial"] for row in found.table[:4] + found.table[8:12]] == list(range(1, 9))
    # Twice twice as wide on the logarithmic scale: 2 decades, then 4, then 8.
    assert min(tried) < 2e-5 and max(tried) > 0.5
    # One that is best inside needs no more than a round.
    inside = tune.tuned(one, by_rate(lambda rate, seed: abs(math.log10(rate) + 2)))
    assert not at_border(inside.table, one.tune.axis)
    assert (rounds(found.table), rounds(inside.table)) == (3, 1)


def test_a_best_value_at_a_limit_that_cannot_be_passed_is_at_no_border(study) -> None:
    limited = {"training.optimizer.lr": RATE["training.optimizer.lr"] | {"lowest": 1e-3}}
    study(tune=tuned(4, {"none": limited}))
    one = load_study("small", "tiny")
    found = tune.tuned(one, by_rate(lambda rate, seed: rate))
    assert not at_border(found.table, one.tune.axis)


def test_where_a_trial_failed_nothing_is_chosen(study) -> None:
    study(tune=tuned(4, {"none": RATE}))
    failed = SimpleNamespace(status="failed", trained=[])
    found = tune.tuned(load_study("small", "tiny"), lambda cells: [failed for _ in cells])
    assert found.failed and not found.best and len(found.outcomes) == 4


def test_budgets_add_an_axis_of_shares_of_the_epochs(study) -> None:
    study(budgets={"full": 1.0, "half": 0.5})
    cells = grid.cells(load_study("small", "tiny"))
    assert {(cell.levels["budget"], cell.recipe.training.epochs) for cell in cells} == {
        ("full", 8),
        ("half", 4),
    }
    study(budgets={"full": 1.0}, axes={"budget": {"a": {}}})
    with pytest.raises(InputError, match="there is an axis 'budget', too"):
        load_study("small", "tiny")


def test_splits_by_seed_divide_the_images_anew_and_tuning_sees_no_test_image(
    study, prepared
) -> None:
    study(splits="by seed", tune=tuned(4, {"none": RATE}))
    one = load_study("small", "tiny")
    first, second = (cell.data(prepared) for cell in grid.cells(one)[:2])
    assert first.images is prepared.images
    assert [first.count(part) for part in PARTS] == [prepared.count(part) for part in PARTS]
    assert not (first.split == second.split).all()
    # Stratified: each class has the same share of the test images.
    counts = [np.bincount(data.part("test")[1]) for data in (first, second)]
    assert np.ptp(counts, axis=0).max() <= 1
    specs = {cell.seed: cell.specs(prepared)[-1].data for cell in grid.cells(one)}
    assert len(set(specs.values())) == len(one.seeds)
    trial = tune.trials(one)[0].cells[0].data(prepared)
    assert trial.count("test") == 0 and trial.count("train") == prepared.count("train")


def test_only_sets_that_are_split_here_can_be_split_anew(study, project) -> None:
    study(splits="by seed", sets={"official": {}})
    params = YAML(typ="safe").load(project / "params.yaml")
    params["sets"]["official"] = {"source": "mnist", "validation": 2000}
    write_yaml(project / "params.yaml", params)
    with pytest.raises(InputError, match="official has a test set of its own; allowed: given"):
        load_study("small", "official")


def test_a_data_set_can_change_a_hyperparameter_of_a_level_s_space_and_add_one(study) -> None:
    rate = {"training.optimizer.lr": {"low": 1e-3, "high": 1e-1}}
    changed = {"training.optimizer.lr": {"choices": [0.1]}, "training.batch_size": {"choices": [5]}}
    changes = {"trials": 2, "space": {"greedy": changed}}
    study(tune=tuned(7, {"none": rate, "greedy": rate}), sets={"tiny": {"tune": changes}})
    found = load_study("small", "tiny").tune
    hyperparameters = {
        level: {
            hyperparameter: one.model_dump(exclude_defaults=True)
            for hyperparameter, one in space.items()
        }
        for level, space in found.space.items()
    }
    assert (found.trials, hyperparameters) == (2, {"none": rate, "greedy": changed})


NET = {"widths": [4], "unit": "relu"}
ELBO = {"name": "elbo", "binarization": "fixed"}
VAE = {
    "o": {
        "x": {
            "model": {"name": "vae", "latent": 2, "encoder": NET, "decoder": NET},
            "objective": ELBO,
        }
    }
}
CLAIM = {"claim": "It is so.", "metric": "m", "a": {"rate": "high"}, "b": {"rate": "low"}}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"title": 3}, "title"),
        ({"seed": [1]}, "unknown key 'seed' (did you mean 'seeds'?); allowed: topic"),
        ({"seeds": [1, 1]}, "seeds: [1, 1] has 1 twice"),
        ({"recipe": {"training.epoch": 3}}, "unknown key 'epoch' (did you mean 'epochs'?)"),
        ({"recipe": {"model.widht": 3}}, "widht"),
        ({"recipe": {"model.unit": "swish"}}, "swish"),
        ({"only": [{"rate": "middle"}]}, "only.0: unknown level 'middle'; allowed: low, high"),
        ({"results": ["nll"]}, "results.0: unknown name 'nll'; allowed: epochs, evaluations, "),
        ({"claims": [CLAIM | {"metric": "gap", "against": "m"}]}, "claims.0.against: unknown"),
        ({"published": [{"where": {"rate": "no"}, "metric": "gap", "value": 1.0, "source": "S",
                         "status": "read"}]}, "published.0.where: unknown level 'no'"),
        ({"leave_out": [{"rate": "middle"}]}, "unknown level 'middle'; allowed: low, high"),
        ({"recipe": {"measures": [{"name": "anomaly"}] * 2, "training.without": [1]}},
         "measures: 2 of them have 'auroc'"),
        ({"pictures": ["nice"]}, "unknown name 'nice'; allowed: curves"),
        ({"claims": [CLAIM | {"each": ["deep"]}]}, "unknown axis 'deep'; allowed"),
        ({"axes": {"rate": {"low": {"training.lr": 1}}}, "claims": []}, "unknown key 'lr'"),
        ({"axes": {"p": {"x": {"pretrain": {"method": "greedy", "share": 0.1}}}}, "claims": []},
         "0.1 of 8 epochs cannot be split over 2 layers"),
        ({"axes": {"o": {"x": {"objective": {"name": "classify"}}}}, "claims": []},
         "classify needs the model 'classifier'"),
        ({"tune": tuned(2, {"none": {"training.optimizer.lr": {"low": 1.0}}})}, "low and high"),
        ({"tune": tuned(2, {"all": {}})}, "unknown level 'all'"),
        ({"tune": tuned(2, {"none": {}}) | {"seeds": [1]}}, "tune.seeds: 1 is one of seeds"),
        ({"metric": "test_sse"}, "metric: unknown name 'test_sse' (did you mean 'test_sse_per"),
        ({"claims": [CLAIM]}, "claims.0.metric: unknown name 'm'"),
        ({"claims": [CLAIM | {"b": {"pretraining": "none"}}]}, "levels of the same axes"),
        ({"claims": ["It is so."]}, "claims.0: 'It is so.' is not allowed"),
        ({"axes": {"rate": ["low", "high"]}}, "axes.rate: ['low', 'high'] is not allowed"),
        ({"axes": {"seed": {"low": {}}}, "claims": []}, "'seed' is not allowed"),
        ({"axes": {"trained_on": {"low": {}}}, "claims": []}, "'trained_on' is not allowed"),
        ({"tune": tuned(2, {"none": {}, "greedy": {}}), "leave_out": [{"pretraining": "greedy"}],
          "claims": []}, "tune.space: 'greedy' has no cells"),
        ({"leave_out": ["low"]}, "leave_out.0: 'low' is not allowed"),
        ({"recipe": {"training.images": 500}}, "500 is not allowed; allowed: up to 120"),
        ({"recipe": {"objective": ELBO}, "axes": {"o": {"x": {}}}, "claims": []}, "elbo needs"),
        ({"recipe": {"objective": ELBO}}, "pretraining greedy, rate low: pretrain: only the model"),
        ({"recipe": {"precision": "auto"}}, "precision: 'auto' is not allowed; allowed: 'bf16' or"),
        ({"recipe": {"objective.penalties": [{"name": "sparse-kl", "weight": 1.0, "rate": 0.1}]}},
         "sigmoid"),
        ({"axes": {}, "claims": []}, "axes"),
        ({"targets": [3.0], "axes": VAE, "claims": []}, "targets: o x"),
        ({"targets": [], "pictures": ["surface"], "axes": VAE, "claims": []}, "'surface': o x"),
        ({"pictures": ["codes"]}, "levels are sizes"),
        ({"pictures": ["gradients"]}, "training.diagnostics"),
        ({"sets": ["tiny"]}, "not a mapping"),
        ({"sets": {"mnist": {}}}, "says nothing of 'tiny'; allowed: mnist"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_line_before_anything_is_trained(changes, message, study, project) -> None:
    study(**changes)
    with pytest.raises(InputError) as caught:
        StudyRunner("small", "tiny")
    assert message in str(caught.value)
    assert str(caught.value).startswith("studies/small.yaml: ")
    assert "\n" not in str(caught.value)
    assert not (project / "runs").exists()


@pytest.mark.parametrize(
    ("changes", "messages"),
    [
        ({"title": 3, "seeds": ["one"], "claims": [{"clam": "x", "metrics": "gap"}]},
         ["7 mistakes: (1) claims.0: unknown keys 'clam' (did you mean 'claim'?), 'met",
          "title: 3 is",
          "seeds.0: 'one' is", "claims.0.metric: missing"]),
        ({"only": [{"rate": "middle"}], "leave_out": [{"wide": "yes"}]},
         ["only.0: unknown level 'middle'", "leave_out.0: unknown axis 'wide'"]),
        ({"results": ["nll"], "metric": "test_sse"}, ["results.0: unknown", "metric: unknown"]),
        ({"recipe": {"training.epoch": 3}, "claims": [],
          "axes": {"rate": {"low": {"model.unit": "no"}, "high": {}}}},
         ["2 mistakes", "'epoch'", "'no'"]),
    ],
)  # fmt: skip
def test_all_mistakes_of_a_file_are_told_at_once(changes, messages, study, project) -> None:
    study(**changes)
    with pytest.raises(InputError) as caught:
        StudyRunner("small", "tiny")
    for message in messages:
        assert message in str(caught.value)


def test_a_mistake_in_the_base_is_one_line_of_the_study_too(study, project) -> None:
    base = project / "studies" / "base.yaml"
    base.write_text(base.read_text().replace("batch_size", "batchsize"))
    with pytest.raises(InputError, match="unknown key 'batchsize'"):
        StudyRunner("small", "tiny")
    base.write_text("- training")
    with pytest.raises(InputError, match=r"^studies/base\.yaml: not a mapping$"):
        StudyRunner("small", "tiny")


def edit_params(change: dict) -> None:
    yaml, path = YAML(), Path("params.yaml")
    params = yaml.load(path)
    yaml.dump(merge(params, change), path)


@pytest.mark.usefixtures("project")
def test_precision_and_threads_are_those_of_params_yaml_where_the_files_do_not_say_them(
    study, prepared
) -> None:
    def numerics() -> tuple[str, int]:
        (spec,) = grid.cells(load_study("small", "tiny"))[0].specs(prepared)
        return spec.precision, spec.threads

    study()
    edit_params({"precision": "fp32", "threads": 3})
    # The base says 1.
    assert numerics() == ("fp32", 1)
    base = Path("studies", "base.yaml")
    base.write_text(base.read_text().replace("threads: 1\n", ""))
    assert numerics() == ("fp32", 3)
    edit_params({"sets.tiny.overrides": {"precision": "bf16", "threads": 2}})
    assert numerics() == ("bf16", 2)
    study(recipe={"precision": "fp32"})
    assert numerics() == ("fp32", 2)


def test_a_sets_changes_reach_levels_that_are_numbers(study) -> None:
    widths = {1: {"model.widths": [4]}, 2: {"model.widths": [8, 4]}}
    changed = {"tiny": {"axes": {"depth": {2: {"training.epochs": 3}}}}}
    study(axes={"depth": widths}, claims=[], sets=changed)
    recipe = grid.cells(load_study("small", "tiny"))[-1].recipe
    assert (recipe.model.widths, recipe.training.epochs) == ([8, 4], 3)


def test_an_unknown_study(project) -> None:
    with pytest.raises(InputError, match="unknown study 'big'; allowed: small"):
        load_study("big", "tiny")
