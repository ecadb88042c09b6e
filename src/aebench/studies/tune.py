"""Tuning the levels of an axis: the same number of trials for each, over its own space."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import fmean
from typing import Any

from aebench.core.files import Row
from aebench.core.memory import needs_memory
from aebench.experiments.cell import Cell
from aebench.experiments.hyperparameter import Hyperparameter, is_end
from aebench.experiments.outcome import FAILED_STATUSES, Outcome
from aebench.studies.config import Span, Study, Tune
from aebench.studies.grid import trial_cells

# A trial takes at least so much, its recipe above all.
TRIAL_BYTES = 10_000
# How often all spaces widen where a best value lies at a border.
MOST_WIDENED = 2
# Level -> overrides of the recipe.
Overrides = dict[str, dict[str, Any]]
Spaces = dict[str, dict[str, Span]]


class NotRun(Exception):
    """Raised where trials are only looked up, and the store lacks one."""


@dataclass(frozen=True)
class Trial:
    """Overrides that are tried for a level of the tuned axis, with each seed of the tuning."""

    level: str
    number: int
    overrides: dict[str, Any]
    cells: list[Cell]


@dataclass(frozen=True)
class TrialResult:
    """A trial's validation errors, by the study's metric, a seed each.

    `status`: ok, or the first other status of its cells. If a cell is not ok the error is infinite:
    a setting at the edge of stability is no good one.
    """

    trial: Trial
    status: str
    errors: list[float]

    @property
    def error(self) -> float:
        """The mean over the seeds that it ran with."""
        return fmean(self.errors)


@dataclass(frozen=True)
class Tuning:
    """What tuning chose, with the rows of `tuning.csv`.

    `outcomes`: of all trials. Where one failed, nothing is chosen: another choice would be another
    study.
    """

    best: Overrides = field(default_factory=dict)
    table: list[Row] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)

    @property
    def failed(self) -> bool:
        return any(outcome.status in FAILED_STATUSES for outcome in self.outcomes)


# Runs cells, or finds what the store has of them; returns their outcomes in the same order.
RunCells = Callable[[Sequence[Cell]], Sequence[Outcome]]


def tuned(study: Study, run: RunCells) -> Tuning:
    """Tune, if the study does.

    Each level's trials run with the first seed, the best few with the others, too; of these the one
    with the lowest mean is chosen. Where one lies at a border, all spaces widen and all levels
    start again, MOST_WIDENED times at most.
    """
    settings = study.tune
    if not settings:
        return Tuning()
    spaces: Spaces = settings.space
    table: list[Row] = []
    outcomes: list[Outcome] = []
    for widened in range(MOST_WIDENED + 1):
        results = _run(study, trials(study, spaces, 1 + widened * settings.trials), 0, 1, run)
        outcomes += results[1]
        if Tuning(outcomes=outcomes).failed:
            return Tuning(outcomes=outcomes)
        found, further = _with_other_seeds(study, settings, results[0], run)
        outcomes += further
        if Tuning(outcomes=outcomes).failed:
            return Tuning(outcomes=outcomes)
        best = _best(found)
        at_border = {
            level for level, result in best.items() if _at_border(spaces[level], result, found)
        }
        table += _rows(settings, widened + 1, found, best, at_border)
        if not at_border:
            break
        if widened < MOST_WIDENED:
            spaces = {level: _widened(space) for level, space in spaces.items()}
    chosen = {level: result.trial.overrides for level, result in best.items()}
    return Tuning(chosen, table, outcomes)


def trials(study: Study, spaces: Spaces | None = None, first: int = 1) -> list[Trial]:
    """Quasi-random (Halton) points of each level's space, always the same; none without `tune`.

    `spaces`: others than those of the study's file. The trials are numbered from `first` on.
    """
    tune = study.tune
    if not tune:
        return []
    spaces = spaces or tune.space
    count = tune.trials * len(spaces)
    needs_memory(TRIAL_BYTES * count, f"tune.trials: {count} trials")
    return [
        Trial(level, number, overrides, trial_cells(study, tune, level, number, overrides))
        for level, space in spaces.items()
        for number, overrides in enumerate(_points(space, tune.trials), start=first)
    ]


def _run(
    study: Study, trials: Sequence[Trial], begin: int, end: int, run: RunCells
) -> tuple[list[TrialResult], Sequence[Outcome]]:
    """The results of trials with the seeds of these numbers, and their outcomes."""
    outcomes = run([cell for trial in trials for cell in trial.cells[begin:end]])
    metric = study.metric.removeprefix("test_")
    remaining = iter(outcomes)
    results = []
    for trial in trials:
        own = [next(remaining) for _ in trial.cells[begin:end]]
        status = next((outcome.status for outcome in own if outcome.status != "ok"), "ok")
        results.append(TrialResult(trial, status, [_error(outcome, metric) for outcome in own]))
    return results, outcomes


def _with_other_seeds(
    study: Study, settings: Tune, results: Sequence[TrialResult], run: RunCells
) -> tuple[list[TrialResult], Sequence[Outcome]]:
    """The results, those of each level's best trials with all seeds, and the further outcomes."""
    if len(settings.seeds) == 1:
        return list(results), []
    ranked = sorted(results, key=lambda result: result.error)
    finalists = [
        result
        for level in settings.space
        for result in [r for r in ranked if r.trial.level == level][: settings.finalists]
    ]
    further, outcomes = _run(study, [r.trial for r in finalists], 1, len(settings.seeds), run)
    whole = {
        id(first.trial): TrialResult(
            first.trial,
            first.status if first.status != "ok" else more.status,
            first.errors + more.errors,
        )
        for first, more in zip(finalists, further, strict=True)
    }
    return [whole.get(id(result.trial), result) for result in results], outcomes


def _points(space: dict[str, Span], count: int) -> list[dict[str, Any]]:
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


def _error(outcome: Outcome, metric: str) -> float:
    if outcome.status != "ok":
        return math.inf
    return outcome.trained[-1].metrics["validation"][metric]


def _best(results: Sequence[TrialResult]) -> dict[str, TrialResult]:
    """Each level's result with the lowest error among those with most seeds, the first of equals.

    With one seed more trials were compared, so that the best of them is flattered more.
    """
    best: dict[str, TrialResult] = {}
    for result in sorted(results, key=lambda result: (-len(result.errors), result.error)):
        best.setdefault(result.trial.level, result)
    return {level: best[level] for level in dict.fromkeys(r.trial.level for r in results)}


def _at_border(space: dict[str, Span], best: TrialResult, results: Sequence[TrialResult]) -> bool:
    """Whether a value is the smallest or largest that was tried, and one beyond could be better."""
    chosen = best.trial
    tried = [r.trial.overrides for r in results if r.trial.level == chosen.level]
    for name, span in space.items():
        if span.choices is None:
            values = [overrides[name] for overrides in tried]
            smallest, largest = is_end(chosen.overrides[name], values)
            if (smallest and span.low != span.lowest) or (largest and span.high != span.highest):
                return True
    return False


def _widened(space: dict[str, Span]) -> dict[str, Span]:
    """The ranges twice as wide, on their logarithmic scale, up to their limits."""
    wider = {}
    for name, span in space.items():
        if span.choices is None:
            assert span.low is not None and span.high is not None
            step = math.sqrt(span.high / span.low)
            low, high = span.low / step, span.high * step
            update = {
                "low": low if span.lowest is None else max(low, span.lowest),
                "high": high if span.highest is None else min(high, span.highest),
            }
            span = span.model_copy(update=update)
        wider[name] = span
    return wider


def _rows(
    tune: Tune,
    round: int,
    results: Sequence[TrialResult],
    best: dict[str, TrialResult],
    at_border: set[str],
) -> list[Row]:
    """Rows of `tuning.csv`, one a trial.

    `round`: from 1, and one more each time that the spaces widened. `border`: the best value of a
    range is the smallest or largest that was tried, so that a wider range could do better.
    """
    rows: list[Row] = []
    for result in results:
        trial = result.trial
        chosen = result is best[trial.level]
        rows.append(
            {
                tune.axis: trial.level,
                "round": round,
                "trial": trial.number,
                "settings": ", ".join(f"{k}={v}" for k, v in trial.overrides.items()),
                "validation_error": result.error if result.status == "ok" else result.status,
                "seeds": len(result.errors),
                "chosen": "yes" if chosen else "",
                "border": "yes" if chosen and trial.level in at_border else "",
            }
        )
    return rows
