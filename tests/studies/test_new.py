"""Files to start from, which run as they are."""

import pytest

from aebench.cli import main
from aebench.config.new_experiment import new_experiment
from aebench.core.errors import InputError
from aebench.data.prepared import Prepared
from aebench.studies import grid, tune
from aebench.studies.check import check
from aebench.studies.config import load_study
from aebench.sweeps import points
from aebench.sweeps.config import load_sweep


def test_a_new_study_is_valid_and_names_its_data_set(
    project, prepared: Prepared, monkeypatch, capsys
) -> None:
    monkeypatch.setattr("sys.argv", ["aebench", "new", "study", "wider nets"])
    assert main() == 0
    assert "aebench study 'wider nets' --dataset tiny --dry-run" in capsys.readouterr().out
    study = load_study("wider nets", "tiny")
    check(study, prepared)
    assert {tuple(cell.levels.values()) for cell in grid.cells(study)} == {
        (decay, budget) for decay in ("none", "strong") for budget in ("full", "half")
    }


def test_for_images_of_one_s_own_it_begins_with_the_pipeline_s_recipe(project) -> None:
    params = project / "params.yaml"
    own = "recipes: auto, overrides: {recipes: {autoencoder: {training.epochs: 7}}}"
    params.write_text(params.read_text().replace("overrides: {}", own, 1))
    new_experiment("study", "mine", "tiny")
    new_experiment("sweep", "mine", "tiny")
    sweep = load_sweep("mine", "tiny")
    for cell in (grid.cells(load_study("mine", "tiny"))[0], points.cell(sweep, {}, {}, sweep.seed)):
        assert cell.recipe.model.model_dump()["linear"] == "pca"
        assert cell.recipe.training.epochs == 7


def test_what_is_commented_out_in_a_new_study_is_right_too(project) -> None:
    path = new_experiment("study", "tuned", "tiny")
    lines, commented = [], False
    for line in path.read_text().splitlines():
        commented = (commented or line == "# tune:") and bool(line)
        lines.append(line.removeprefix("# ") if commented else line)
    path.write_text("\n".join(lines))
    study = load_study("tuned", "tiny")
    assert study.tune and len(tune.trials(study)) == 32


def test_a_new_sweep_is_valid(project) -> None:
    new_experiment("sweep", "small", "tiny")
    sweep = load_sweep("small", "tiny")
    assert sweep.trials == 20 and "training.optimizer.lr" in sweep.space


def test_nothing_is_written_over(project) -> None:
    with pytest.raises(InputError, match=r"studies/small.yaml: exists; allowed: another name"):
        new_experiment("study", "small", "tiny")
    for name in ("../small", "", "a/b"):
        with pytest.raises(InputError, match="is no name"):
            new_experiment("study", name, "tiny")
