"""A sweep's trials as a tidy table."""

from typing import Any

from optuna.trial import FrozenTrial

from aebench.core.files import Row
from aebench.sweeps.config import Sweep
from aebench.sweeps.dimensions import dimensions
from aebench.sweeps.driver import REASON, RUNS, STATUS
from aebench.sweeps.space import overrides_of


def table(sweep: Sweep, trials: list[FrozenTrial]) -> list[Row]:
    """Return a row for each trial: its status, its objectives, the epochs trained, and its point.

    A pruned trial's loss is that of its last epoch. Hyperparameters that a trial does not have are
    "".
    """
    space = dimensions(sweep)
    paths = list(dict.fromkeys(dimension.path for dimension in space))
    rows = []
    for trial in trials:
        overrides = overrides_of(space, trial.params)
        values = trial.values or [""] * len(sweep.objectives)
        row: Row = {"trial": trial.number, "status": trial.user_attrs[STATUS]}
        row |= dict(zip(sweep.objectives, values, strict=False))
        row["epochs"] = max(trial.intermediate_values, default="")
        row |= {path: field(overrides[path]) if path in overrides else "" for path in paths}
        row["run"] = trial.user_attrs[RUNS][-1] if row["status"] == "ok" else ""
        row["reason"] = trial.user_attrs[REASON]
        rows.append(row)
    return rows


def field(value: Any) -> Any:
    """A hyperparameter's value in the table, in which an empty field means that it has none."""
    return "null" if value is None else value
