"""A sweep's table as a study of Optuna."""

from pathlib import Path

import optuna
import pytest
from committed import committed

from aebench.core.errors import InputError
from aebench.core.urls import sqlite_url
from aebench.sweeps.imported import import_trials


@pytest.mark.parametrize("sweep", ["vae", "autoencoder"])
def test_the_committed_trials_are_in_the_dashboard_s_storage(
    sweep: str, tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.chdir(committed())
    storage = sqlite_url(tmp_path / "some.sqlite")
    # A second time it takes the place of the first.
    (name,) = {import_trials(sweep, "mnist-5k", storage) for _ in range(2)}
    study = optuna.load_study(study_name=name, storage=storage)
    table = Path(f"reports/mnist-5k/sweep/{sweep}/trials.csv").read_text().splitlines()
    assert len(study.trials) == len(table) - 1
    ok = [line.split(",") for line in table if line.split(",")[1] == "ok"]
    best = min(ok, key=lambda row: float(row[2]))
    assert study.best_trial.number == int(best[0])
    assert study.best_value == float(best[2])
    # A parameter with several domains has a condition after its name.
    paths = {name.partition(" ")[0] for name in study.best_params}
    assert paths <= set(table[0].split(","))


def test_without_a_table_it_says_what_makes_one(tmp_path: Path, monkeypatch) -> None:
    for folder in ("sweeps", "studies"):
        (tmp_path / folder).symlink_to(committed() / folder)
    (tmp_path / "params.yaml").symlink_to(committed() / "params.yaml")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="`aebench sweep vae` makes it"):
        import_trials("vae", "mnist-5k", sqlite_url(tmp_path / "some.sqlite"))
