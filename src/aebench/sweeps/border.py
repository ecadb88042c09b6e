"""Whether a winner's values lie at the border of what was tried, so that more may lie beyond."""

from collections.abc import Sequence

from optuna.trial import FrozenTrial

from aebench.core.errors import InputError
from aebench.experiments.hyperparameter import is_end
from aebench.sweeps import points
from aebench.sweeps.config import Sweep
from aebench.sweeps.dimensions import Dimension, Overrides, dimensions
from aebench.sweeps.space import overrides_of
from aebench.sweeps.values import Choices, IntRange, Range

# How far beyond a border is looked, as a share of the range.
BEYOND = 0.01


def at_border(sweep: Sweep, trials: Sequence[FrozenTrial], winner: Overrides) -> list[str]:
    """The winner's hyperparameters with the smallest or largest value of all trials that have them.

    Not those beyond whose value nothing is allowed, such as a rate of 0.
    """
    found = []
    for dimension in dimensions(sweep):
        values = dimension.values
        path = dimension.path
        if isinstance(values, Choices) or path not in winner or not dimension.active(winner):
            continue
        tried = [
            overrides_of([dimension], trial.params)[path]
            for trial in trials
            if dimension.name in trial.params
        ]
        smallest, largest = is_end(winner[path], tried)
        below = smallest and _allowed(sweep, dimension, winner, _beyond(values, values.low, -1))
        above = largest and _allowed(sweep, dimension, winner, _beyond(values, values.high, 1))
        if below or above:
            found.append(path)
    return found


def _beyond(values: Range, end: float, direction: int) -> float:
    """A value a little beyond this end of a range."""
    if isinstance(values, IntRange):
        return end + direction * (values.step or 1)
    if values.log:
        return end * (values.high / values.low) ** (direction * BEYOND)
    return end + direction * (values.step or BEYOND * (values.high - values.low))


def _allowed(sweep: Sweep, dimension: Dimension, winner: Overrides, value: float) -> bool:
    try:
        points.cell(sweep, {}, winner | {dimension.path: value}, sweep.seed)
    except InputError:
        return False
    return True
