"""A sweep's trials as a tidy table."""

from typing import Any

from optuna.trial import FrozenTrial

from aebench.sweeps import space
from aebench.sweeps.config import Sweep
from aebench.sweeps.driver import REASON, RUNS, STATUS

Row = dict[str, Any]


def table(sweep: Sweep, trials: list[FrozenTrial]) -> list[Row]:
    """A row a trial: what became of it, its objectives, the epochs trained, and its point.

    Of a pruned trial the loss is that of its last epoch. Hyperparameters that a trial does not
    have are empty.
    """
    parameters = space.parameters(sweep)
    hyperparameters = list(dict.fromkeys(one.path for one in parameters))
    rows = []
    for trial in trials:
        chosen = space.chosen(parameters, trial.params)
        values = trial.values or [""] * len(sweep.objectives)
        row: Row = {"trial": trial.number, "status": trial.user_attrs[STATUS]}
        row |= dict(zip(sweep.objectives, values, strict=False))
        row["epochs"] = max(trial.intermediate_values, default="")
        row |= {
            hyperparameter: _shown(chosen[hyperparameter]) if hyperparameter in chosen else ""
            for hyperparameter in hyperparameters
        }
        finished = row["status"] == "ok"
        row["run"] = trial.user_attrs[RUNS][-1] if finished else ""
        row["reason"] = trial.user_attrs[REASON]
        rows.append(row)
    return rows


def _shown(value: Any) -> Any:
    # An empty field says that the hyperparameter is not there.
    return "null" if value is None else value
