"""Selection: the best trials and the defaults are trained again, with seeds the search did not use.

A trial's loss is the luckiest of many and so too low; the losses here played no part in the search.
"""

from dataclasses import dataclass
from statistics import mean

from aebench.core.files import Row
from aebench.experiments.cell import Cell
from aebench.experiments.outcome import Outcome
from aebench.metrics.interval import confidence_interval
from aebench.sweeps import points
from aebench.sweeps.config import Sweep
from aebench.sweeps.dimensions import Overrides

DEFAULTS = "defaults"
# The file of the winner's overrides in the folder of results.
BEST = "best_params.yaml"


@dataclass(frozen=True)
class Candidate:
    """Settings that may win, named by their trial; the defaults have no overrides."""

    name: str
    overrides: Overrides


def candidates(sweep: Sweep, best: list[tuple[str, Overrides]]) -> list[Candidate]:
    """Return the defaults and the first settings of `best` that differ."""
    result = [Candidate(DEFAULTS, {})]
    for name, overrides in best:
        if all(overrides != candidate.overrides for candidate in result):
            result.append(Candidate(name, overrides))
    return result[: sweep.selection.best + 1]


def cells(sweep: Sweep, candidates: list[Candidate]) -> list[Cell]:
    """Return the trainings of all candidates, each with all seeds."""
    return [
        points.cell(sweep, {"candidate": candidate.name}, candidate.overrides, seed)
        for candidate in candidates
        for seed in sweep.selection.seeds
    ]


def select(
    sweep: Sweep, candidates: list[Candidate], outcomes: list[Outcome]
) -> tuple[Candidate, list[Row]]:
    """Return the winner, which has the lowest mean validation loss, and a row for each candidate.

    `outcomes` are those of `cells`, in their order. A candidate cannot win if one of its trainings
    failed; if none can win, the defaults do. `validation_difference` is the mean over seeds of the
    loss minus that of the defaults with the same seed, with its 95 % interval, which does not
    account for the winner being chosen by these very seeds. Test images are used last, and for the
    winner and the defaults alone.
    """
    count = len(sweep.selection.seeds)
    runs = {
        candidate.name: outcomes[i * count : (i + 1) * count]
        for i, candidate in enumerate(candidates)
    }
    losses = {name: _validation_losses(outcomes) for name, outcomes in runs.items()}
    means = {
        name: mean(loss for loss in values if loss is not None)
        for name, values in losses.items()
        if None not in values
    }
    best = min(means, key=means.__getitem__, default=candidates[0].name)
    winner = next(candidate for candidate in candidates if candidate.name == best)
    rows = []
    for candidate in candidates:
        name = candidate.name
        row: Row = {"settings": name, "chosen": "yes" if candidate is winner else ""}
        row["seeds"] = sum(loss is not None for loss in losses[name])
        tested = candidate is winner or name == DEFAULTS
        compared = name != DEFAULTS
        row |= _compared("validation", losses[name], losses[DEFAULTS] if compared else [])
        row |= _compared(
            f"test_{sweep.selection.metric}",
            _test_values(sweep, runs[name]) if tested else [],
            _test_values(sweep, runs[DEFAULTS]) if tested and compared else [],
        )
        rows.append(row)
    return winner, rows


def _validation_losses(outcomes: list[Outcome]) -> list[float | None]:
    return [
        outcome.trained[-1].validation_loss if outcome.status == "ok" else None
        for outcome in outcomes
    ]


def _test_values(sweep: Sweep, outcomes: list[Outcome]) -> list[float | None]:
    metric = sweep.selection.metric
    return [
        outcome.trained[-1].metrics["test"][metric] if outcome.status == "ok" else None
        for outcome in outcomes
    ]


def _compared(name: str, values: list[float | None], baseline: list[float | None]) -> Row:
    """Return the mean of `values`, and of their paired differences to `baseline` with its interval.

    Fields without a value are "".
    """
    finished = [value for value in values if value is not None]
    differences = [
        value - other
        for value, other in zip(values, baseline, strict=False)
        if value is not None and other is not None
    ]
    low, high = confidence_interval(differences) or ("", "")
    return {
        name: mean(finished) if finished else "",
        f"{name}_difference": mean(differences) if differences else "",
        f"{name}_low": low,
        f"{name}_high": high,
    }


def as_text(rows: list[Row]) -> str:
    """Format the rows as a table in plain text."""
    body = [
        [f"{value:.4f}" if isinstance(value, float) else str(value) for value in row.values()]
        for row in rows
    ]
    table = [list(rows[0]), *body]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in table
    )
