"""`aebench sweep --import`: a sweep's committed table as a study of Optuna, for its dashboard."""

import math
from collections.abc import Iterator
from pathlib import Path

import optuna
from optuna.trial import FixedTrial, FrozenTrial, TrialState

from aebench.core import paths
from aebench.core.errors import InputError
from aebench.core.files import read_csv
from aebench.sweeps import space
from aebench.sweeps.config import Sweep, load_sweep
from aebench.sweeps.dimensions import Dimension, Overrides, dimensions
from aebench.sweeps.driver import STATUS
from aebench.sweeps.samplers import silence_optuna
from aebench.sweeps.storage import open_storage
from aebench.sweeps.table import field
from aebench.sweeps.values import Choices, IntRange

# Status -> how Optuna calls it; all others have a loss, infinite where there is none.
ENDS = {"pruned": TrialState.PRUNED, "failed": TrialState.FAIL}


def import_trials(name: str, dataset: str, storage: str) -> str:
    """Put the trials in `trials.csv` of a sweep into the storage; returns the study's name.

    The study is another one than that of the sweep, which goes on from its own runs. Raises
    InputError without the table, and for one of another space.
    """
    sweep = load_sweep(name, dataset)
    path = paths.sweep(dataset, name) / "trials.csv"
    if not path.exists():
        raise InputError(f"{path}: not there; `aebench sweep {name}` makes it")
    trials = list(_trials(sweep, path))
    silence_optuna()
    opened = open_storage(storage)
    study_name = f"{dataset} {name}, from trials.csv"
    if study_name in (summary.study_name for summary in optuna.get_all_study_summaries(opened)):
        optuna.delete_study(study_name=study_name, storage=opened)
    study = optuna.create_study(
        storage=opened, study_name=study_name, directions=["minimize"] * len(sweep.objectives)
    )
    study.add_trials(trials)
    return study_name


def _trials(sweep: Sweep, path: Path) -> Iterator[FrozenTrial]:
    dims = dimensions(sweep)
    for row in read_csv(path):
        params: dict = {}
        overrides: Overrides = {}
        for dimension in dims:
            text = row.get(dimension.path, "")
            if text and dimension.active(overrides):
                value = _value(dimension, text, path)
                overrides[dimension.path] = value
                params[dimension.name] = dimension.values.to_optuna(value)
        # It has the distribution of each parameter.
        point = FixedTrial(params)
        space.suggest(dims, point)
        state = ENDS.get(row["status"], TrialState.COMPLETE)
        values = [float(row[name] or math.inf) for name in sweep.objectives]
        yield optuna.trial.create_trial(
            state=state,
            values=values if state == TrialState.COMPLETE else None,
            params=params,
            distributions=point.distributions,
            user_attrs={STATUS: row["status"]},
        )


def _value(dimension: Dimension, text: str, path: Path) -> object:
    values = dimension.values
    if isinstance(values, Choices):
        for choice in values.choices:
            if str(field(choice)) == text:
                return choice
    else:
        number = int(text) if isinstance(values, IntRange) else float(text)
        if number in values:
            return number
    raise InputError(path, f"{dimension.path}: '{text}' is not of the space that the sweep has now")
