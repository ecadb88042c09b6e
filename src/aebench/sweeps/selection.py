"""Honest selection: the best few trials and the defaults once more, with seeds that are new.

The search's own losses are the luckiest of many; the seeds here have had no part in them.
"""

from dataclasses import dataclass
from statistics import mean
from typing import Any

from aebench.experiments.cell import Cell
from aebench.experiments.outcome import Outcome
from aebench.metrics.interval import confidence_interval
from aebench.sweeps import space
from aebench.sweeps.config import Sweep
from aebench.sweeps.space import Overrides

DEFAULTS = "defaults"
Row = dict[str, Any]


@dataclass(frozen=True)
class Candidate:
    """A setting by the name of its trial; the defaults change nothing."""

    name: str
    overrides: Overrides


def candidates(sweep: Sweep, best: list[tuple[str, Overrides]]) -> list[Candidate]:
    """The defaults, and the first settings of `best` that differ."""
    found = [Candidate(DEFAULTS, {})]
    for name, overrides in best:
        if all(overrides != one.overrides for one in found):
            found.append(Candidate(name, overrides))
    return found[: sweep.selection.best + 1]


def cells(sweep: Sweep, chosen: list[Candidate]) -> list[Cell]:
    return [
        space.cell(sweep, {"candidate": one.name}, one.overrides, seed)
        for one in chosen
        for seed in sweep.selection.seeds
    ]


def select(
    sweep: Sweep, chosen: list[Candidate], outcomes: list[Outcome]
) -> tuple[Candidate, list[Row]]:
    """The winner, which has the lowest mean validation loss, and a row a candidate.

    `outcomes` are those of `cells`, in their order. A candidate with a training that came to
    nothing cannot win; if no other can, the defaults do. `validation_difference` is the mean over
    seeds of the loss less that of the defaults with the same seed, with its 95 % interval, which
    does not count that the winner was chosen among several by these very seeds. Test images are
    read last and for the winner and the defaults alone.
    """
    count = len(sweep.selection.seeds)
    runs = {one.name: outcomes[i * count : (i + 1) * count] for i, one in enumerate(chosen)}
    losses = {
        name: [
            outcome.trained[-1].validation_loss if outcome.status == "ok" else None
            for outcome in some
        ]
        for name, some in runs.items()
    }
    able = [one for one in chosen if None not in losses[one.name]]
    winner = min(able, key=lambda one: mean(losses[one.name]), default=chosen[0])
    rows = []
    for one in chosen:
        row: Row = {"settings": one.name, "chosen": "yes" if one is winner else ""}
        row["seeds"] = sum(loss is not None for loss in losses[one.name])
        read = one is winner or one.name == DEFAULTS
        others = None if one.name == DEFAULTS else DEFAULTS
        row |= _compared("validation", losses[one.name], losses.get(others, []))
        row |= _compared(
            f"test_{sweep.selection.metric}",
            _test(sweep, runs[one.name]) if read else [],
            _test(sweep, runs[others]) if read and others else [],
        )
        rows.append(row)
    return winner, rows


def _test(sweep: Sweep, outcomes: list[Outcome]) -> list[float | None]:
    metric = sweep.selection.metric
    return [
        one.trained[-1].metrics["test"][metric] if one.status == "ok" else None for one in outcomes
    ]


def _compared(name: str, values: list[float | None], others: list[float | None]) -> Row:
    """The mean, and the paired difference to the `others` with its interval; empty: none."""
    there = [value for value in values if value is not None]
    differences = [
        one - other
        for one, other in zip(values, others, strict=False)
        if one is not None and other is not None
    ]
    low, high = confidence_interval(differences) or ("", "")
    return {
        name: mean(there) if there else "",
        f"{name}_difference": mean(differences) if differences else "",
        f"{name}_low": low,
        f"{name}_high": high,
    }


def as_text(rows: list[Row]) -> str:
    """The rows as a table for people."""
    shown = [
        [f"{value:.4f}" if isinstance(value, float) else str(value) for value in row.values()]
        for row in rows
    ]
    table = [list(rows[0]), *shown]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in table
    )
