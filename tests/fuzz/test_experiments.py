"""The files of studies and sweeps, with whatever is wrong in them."""

from itertools import islice

import pytest
from committed import committed
from hypothesis import given
from hypothesis import strategies as st

from aebench.config import experiment
from aebench.core.errors import InputError
from aebench.core.files import read_yaml
from aebench.studies import grid, tune
from aebench.studies.config import load_study
from aebench.sweeps import space
from aebench.sweeps.config import load_sweep
from aebench.sweeps.dimensions import dimensions
from aebench.sweeps.points import cell
from aebench.sweeps.samplers import grid_points

STUDIES, SWEEPS = (
    {path.stem: read_yaml(path) for path in sorted((committed() / folder).glob("*.yaml"))}
    for folder in ("studies", "sweeps")
)
BASE, _ = STUDIES.pop("base"), STUDIES.pop("dvc")
# Corners of a space that are tried.
FEW = 10


@pytest.fixture(autouse=True)
def in_the_project(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(committed())


def reading(patch: pytest.MonkeyPatch, content: object, base: object) -> None:
    """Have files of experiments, and the base, hold this."""
    patch.setattr(
        experiment, "read_yaml", lambda path: base if path == experiment.BASE else content
    )


@given(data=st.data(), name=st.sampled_from(sorted(STUDIES)))
def test_a_changed_study_is_fine_or_refused(data, name, changed, fine_or_refused) -> None:
    content = data.draw(changed(STUDIES[name]))
    base = data.draw(st.just(BASE) | changed(BASE) | st.sampled_from([None, [], "base", 1]))

    def load() -> None:
        with pytest.MonkeyPatch.context() as patch:
            reading(patch, content, base)
            study = load_study(name, "mnist-5k")
        grid.cells(study)
        tune.trials(study)

    fine_or_refused(load)


@given(data=st.data(), name=st.sampled_from(sorted(SWEEPS)))
def test_a_changed_sweep_is_fine_or_refused(data, name, changed, fine_or_refused) -> None:
    content = data.draw(changed(SWEEPS[name]))

    def load() -> None:
        with pytest.MonkeyPatch.context() as patch:
            reading(patch, content, BASE)
            sweep = load_sweep(name, "mnist-5k")
        axes = dimensions(sweep)
        space.start(sweep)
        grid_points(sweep)
        for end in ("low", "high"):
            for overrides in islice(space.corners(axes, end), FEW):
                cell(sweep, overrides, overrides, sweep.seed)

    fine_or_refused(load)


def test_a_base_of_another_kind_is_named() -> None:
    with pytest.MonkeyPatch.context() as patch:
        reading(patch, {"sets": {"mnist-5k": {}}}, ["threads"])
        with pytest.raises(InputError, match=r"base\.yaml: not a mapping"):
            load_study("capacity", "mnist-5k")
