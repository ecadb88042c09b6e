"""Tune the levels of an axis, with as many trials each, over their own hyperparameters."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from aebench.experiments.cell import Cell
from aebench.experiments.hyperparameter import Hyperparameter
from aebench.experiments.outcome import Outcome
from aebench.studies.config import Study
from aebench.studies.grid import trial_cells


@dataclass(frozen=True)
class Trial:
    """A setting that is tried for a level of the tuned axis, with each seed of the tuning."""

    level: str
    number: int
    overrides: dict[str, Any]
    cells: list[Cell]


@dataclass(frozen=True)
class Tried:
    """What a trial came to: the error that it is judged by, its mean over seeds.

    `status`: that of its cells where they agree, else the first other than ok. With one that
    diverged the error is infinite: a setting at the edge of stability is no good one.
    """

    trial: Trial
    status: str
    error: float


def trials(study: Study) -> list[Trial]:
    """Quasi-random (Halton) points of each level's space, the same ones every time."""
    return [
        Trial(level, number, overrides, trial_cells(study, level, number, overrides))
        for level, space in study.tune.space.items()
        for number, overrides in enumerate(_points(space, study.tune.trials), start=1)
    ]


def _points(space: dict[str, Hyperparameter], count: int) -> list[dict[str, Any]]:
    from scipy.stats.qmc import Halton

    # Halton's first point is a corner of the space.
    points = Halton(len(space), scramble=False).random(count + 1)[1:]
    return [
        {
            name: _value(hyperparameter, at)
            for (name, hyperparameter), at in zip(space.items(), point, strict=True)
        }
        for point in points
    ]


def _value(hyperparameter: Hyperparameter, at: float) -> Any:
    """The hyperparameter's value at 0 <= `at` < 1."""
    if hyperparameter.choices is not None:
        return hyperparameter.choices[int(at * len(hyperparameter.choices))]
    exponent = math.log(hyperparameter.low) + at * (
        math.log(hyperparameter.high) - math.log(hyperparameter.low)
    )
    # Three digits: they are read by people, and tuning is not that fine.
    return float(f"{math.exp(exponent):.3g}")


def judged(study: Study, trials: Sequence[Trial], outcomes: Sequence[Outcome]) -> list[Tried]:
    """Each trial with the validation error of the weights that it kept, as cells are judged by.

    `outcomes`: those of the trials' cells, one trial after another.
    """
    metric = study.metric.removeprefix("test_")
    seeds = len(study.tune.seeds)
    own = [outcomes[first : first + seeds] for first in range(0, len(outcomes), seeds)]
    return [
        Tried(
            trial,
            next((one.status for one in some if one.status != "ok"), "ok"),
            fmean(_error(one, metric) for one in some),
        )
        for trial, some in zip(trials, own, strict=True)
    ]


def _error(outcome: Outcome, metric: str) -> float:
    if outcome.status != "ok":
        return math.inf
    return outcome.trained[-1].metrics["validation"][metric]


def chosen(tried: Sequence[Tried]) -> dict[str, dict[str, Any]]:
    """For each level the overrides of its trial with the lowest error, the first one of equals."""
    best: dict[str, Tried] = {}
    for one in tried:
        if one.trial.level not in best or one.error < best[one.trial.level].error:
            best[one.trial.level] = one
    return {level: one.trial.overrides for level, one in best.items()}


def rows(study: Study, tried: Sequence[Tried]) -> list[dict[str, Any]]:
    """A row a trial for `tuning.csv`.

    `border`: the best value of a range is the smallest or the largest that was tried, so that a
    wider range could do better.
    """
    winners = chosen(tried)
    table = []
    for one in tried:
        trial = one.trial
        won = trial.overrides == winners[trial.level]
        table.append(
            {
                study.tune.axis: trial.level,
                "trial": trial.number,
                "settings": ", ".join(f"{k}={v}" for k, v in trial.overrides.items()),
                "validation_error": one.error if one.status == "ok" else one.status,
                "chosen": "yes" if won else "",
                "border": "yes" if won and _at_border(study, trial, tried) else "",
            }
        )
    return table


def _at_border(study: Study, winner: Trial, tried: Sequence[Tried]) -> bool:
    own = [one.trial.overrides for one in tried if one.trial.level == winner.level]
    return any(
        hyperparameter.choices is None
        and winner.overrides[name] in (min(o[name] for o in own), max(o[name] for o in own))
        for name, hyperparameter in study.tune.space[winner.level].items()
    )
