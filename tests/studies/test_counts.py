"""Numbers of cells, trials and points that no memory holds are refused at once."""

from pathlib import Path

import pytest
from committed import committed

from aebench.core.errors import InputError
from aebench.studies import grid, tune
from aebench.studies.config import load_study
from aebench.sweeps.config import load_sweep
from aebench.sweeps.samplers import grid_points

MANY = 2**31 - 1


@pytest.fixture(autouse=True)
def project(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(committed())


def test_trials() -> None:
    study = load_study("optimizers", "mnist-5k")
    assert study.tune
    many = study.tune.model_copy(update={"trials": MANY})
    with pytest.raises(InputError, match=r"tune\.trials: \d+ trials: takes"):
        tune.trials(study.model_copy(update={"tune": many}))


def test_places_of_the_grid() -> None:
    study = load_study("capacity", "mnist-5k")
    axes = {f"axis {i}": {str(level): {} for level in range(10)} for i in range(12)}
    with pytest.raises(InputError, match="axes: 1000000000000 places: takes"):
        grid.cells(study.model_copy(update={"axes": axes}))


def test_points_of_a_sweep() -> None:
    sweep = load_sweep("vae", "mnist-5k")
    sampler = sweep.sampler.model_copy(update={"name": "grid", "points": MANY})
    with pytest.raises(InputError, match=r"sampler\.points: takes"):
        grid_points(sweep.model_copy(update={"sampler": sampler, "trials": MANY}))


def test_a_level_that_is_there_as_text_and_as_a_number(tmp_path, monkeypatch) -> None:
    (tmp_path / "studies").mkdir()
    (tmp_path / "params.yaml").write_text(Path("params.yaml").read_text())
    text = "sets: {mnist-5k: {}}\naxes: {depth: {4: {}, '4': {}}}"
    (tmp_path / "studies" / "a.yaml").write_text(text)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="axes: '4' is there twice"):
        load_study("a", "mnist-5k")
