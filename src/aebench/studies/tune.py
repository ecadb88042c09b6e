"""Tuning the levels of an axis: the same number of trials for each, over its own knobs."""

import math
from dataclasses import dataclass
from typing import Any

from aebench.studies.config import Knob, Study
from aebench.studies.grid import Cell, trial_cell


@dataclass(frozen=True)
class Trial:
    """A setting that is tried for a level of the tuned axis."""

    level: str
    overrides: dict[str, Any]
    cell: Cell


def trials(study: Study) -> list[Trial]:
    """Quasi-random (Halton) points of each level's space, the same ones every time."""
    return [
        Trial(level, overrides, trial_cell(study, level, number, overrides))
        for level, space in study.tune.space.items()
        for number, overrides in enumerate(_points(space, study.tune.trials), start=1)
    ]


def _points(space: dict[str, Knob], count: int) -> list[dict[str, Any]]:
    from scipy.stats.qmc import Halton

    # Halton's first point is a corner of the space.
    points = Halton(len(space), scramble=False).random(count + 1)[1:]
    return [
        {name: _value(knob, at) for (name, knob), at in zip(space.items(), point, strict=True)}
        for point in points
    ]


def _value(knob: Knob, at: float) -> Any:
    """The knob's value at 0 <= `at` < 1."""
    if knob.choices is not None:
        return knob.choices[int(at * len(knob.choices))]
    exponent = math.log(knob.low) + at * (math.log(knob.high) - math.log(knob.low))
    # Three digits: they are read by people, and tuning is not that fine.
    return float(f"{math.exp(exponent):.3g}")


def chosen(study: Study, tried: list[tuple[Trial, float]]) -> dict[str, dict[str, Any]]:
    """For each level the overrides of its trial with the lowest validation loss."""
    best: dict[str, tuple[float, dict[str, Any]]] = {}
    for trial, loss in tried:
        if trial.level not in best or loss < best[trial.level][0]:
            best[trial.level] = (loss, trial.overrides)
    return {level: overrides for level, (_, overrides) in best.items()}


def rows(study: Study, tried: list[tuple[Trial, float]]) -> list[dict[str, Any]]:
    """A row a trial for `tuning.csv`.

    `border`: the best value of a range is the smallest or the largest that was tried, so that a
    wider range could do better.
    """
    winners = chosen(study, tried)
    table = []
    for trial, loss in tried:
        won = trial.overrides == winners[trial.level]
        table.append(
            {
                study.tune.axis: trial.level,
                "trial": trial.cell.levels["trial"],
                "settings": ", ".join(f"{k}={v}" for k, v in trial.overrides.items()),
                "validation_loss": loss if math.isfinite(loss) else "diverged",
                "chosen": "yes" if won else "",
                "border": "yes" if won and _at_border(study, trial, tried) else "",
            }
        )
    return table


def _at_border(study: Study, winner: Trial, tried: list[tuple[Trial, float]]) -> bool:
    for name, knob in study.tune.space[winner.level].items():
        values = [trial.overrides[name] for trial, _ in tried if trial.level == winner.level]
        if knob.choices is None and winner.overrides[name] in (min(values), max(values)):
            return True
    return False
