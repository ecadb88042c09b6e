"""Tuning the levels of an axis: the same number of trials for each, over its own space."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from aebench.core.files import Row
from aebench.core.memory import needs_memory
from aebench.experiments.cell import Cell
from aebench.experiments.hyperparameter import Hyperparameter
from aebench.experiments.outcome import Outcome
from aebench.studies.config import Study, Tune
from aebench.studies.grid import trial_cells

# A trial takes at least so much, its recipe above all.
TRIAL_BYTES = 10_000


@dataclass(frozen=True)
class Trial:
    """Overrides that are tried for a level of the tuned axis, with each seed of the tuning."""

    level: str
    number: int
    overrides: dict[str, Any]
    cells: list[Cell]


@dataclass(frozen=True)
class TrialResult:
    """A trial's validation error, the mean over its seeds.

    `status`: ok, or the first other status of its cells. If a cell is not ok the error is infinite:
    a setting at the edge of stability is no good one.
    """

    trial: Trial
    status: str
    error: float


def trials(study: Study) -> list[Trial]:
    """Quasi-random (Halton) points of each level's space, always the same; none without `tune`."""
    tune = study.tune
    if not tune:
        return []
    count = tune.trials * len(tune.space)
    needs_memory(TRIAL_BYTES * count, f"tune.trials: {count} trials")
    return [
        Trial(level, number, overrides, trial_cells(study, tune, level, number, overrides))
        for level, space in tune.space.items()
        for number, overrides in enumerate(_points(space, tune.trials), start=1)
    ]


def _points(space: dict[str, Hyperparameter], count: int) -> list[dict[str, Any]]:
    from scipy.stats.qmc import Halton

    # Halton's first point is a corner of the space.
    points = Halton(len(space), scramble=False).random(count + 1)[1:]
    return [
        {
            name: _value(parameter, at)
            for (name, parameter), at in zip(space.items(), point, strict=True)
        }
        for point in points
    ]


def _value(parameter: Hyperparameter, at: float) -> Any:
    """The value at the share `at` of the range, 0 <= `at` < 1."""
    if parameter.choices is not None:
        return parameter.choices[int(at * len(parameter.choices))]
    # Validated: without choices there is a range.
    assert parameter.low is not None and parameter.high is not None
    exponent = math.log(parameter.low) + at * (math.log(parameter.high) - math.log(parameter.low))
    # Three digits: people read them, and tuning is not that fine.
    return float(f"{math.exp(exponent):.3g}")


def trial_results(
    study: Study, trials: Sequence[Trial], outcomes: Sequence[Outcome]
) -> list[TrialResult]:
    """The validation error of each trial's saved weights, by the study's metric.

    `outcomes`: those of the trials' cells, one trial after another.
    """
    metric = study.metric.removeprefix("test_")
    remaining = iter(outcomes)
    results = []
    for trial in trials:
        own = [next(remaining) for _ in trial.cells]
        status = next((outcome.status for outcome in own if outcome.status != "ok"), "ok")
        error = fmean(_error(outcome, metric) for outcome in own)
        results.append(TrialResult(trial, status, error))
    return results


def _error(outcome: Outcome, metric: str) -> float:
    if outcome.status != "ok":
        return math.inf
    return outcome.trained[-1].metrics["validation"][metric]


def best_overrides(results: Sequence[TrialResult]) -> dict[str, dict[str, Any]]:
    """Each level's overrides with the lowest error, the first of equals."""
    best: dict[str, TrialResult] = {}
    for result in results:
        level = result.trial.level
        if level not in best or result.error < best[level].error:
            best[level] = result
    return {level: result.trial.overrides for level, result in best.items()}


def rows(tune: Tune, results: Sequence[TrialResult]) -> list[Row]:
    """The table `tuning.csv`, a row a trial.

    `border`: the best value of a range is the smallest or largest that was tried, so that a wider
    range could do better.
    """
    best = best_overrides(results)
    table: list[Row] = []
    for result in results:
        trial = result.trial
        chosen = trial.overrides == best[trial.level]
        table.append(
            {
                tune.axis: trial.level,
                "trial": trial.number,
                "settings": ", ".join(f"{k}={v}" for k, v in trial.overrides.items()),
                "validation_error": result.error if result.status == "ok" else result.status,
                "chosen": "yes" if chosen else "",
                "border": "yes" if chosen and _at_border(tune, trial, results) else "",
            }
        )
    return table


def _at_border(tune: Tune, best: Trial, results: Sequence[TrialResult]) -> bool:
    tried = [r.trial.overrides for r in results if r.trial.level == best.level]
    return any(
        parameter.choices is None
        and best.overrides[name] in (min(o[name] for o in tried), max(o[name] for o in tried))
        for name, parameter in tune.space[best.level].items()
    )
