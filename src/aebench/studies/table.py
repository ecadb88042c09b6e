"""A study's outcomes as a tidy table: a row a cell."""

import math

from aebench.core.files import Row
from aebench.experiments.outcome import FAILED_STATUSES, Outcome
from aebench.reporting.cautions import fall_at_end
from aebench.studies.config import Study
from aebench.studies.floor import COLUMNS as FLOOR
from aebench.studies.reached import evaluations_to
from aebench.training.runs import Run

# Columns that are not a run's own metrics.
DERIVED = (
    *("gap", "gradient_first", "gradient_ratio", "epochs", "updates", "evaluations"),
    "fall_at_end",
    *FLOOR,
)


def table(study: Study, outcomes: list[Outcome]) -> list[Row]:
    """A row for each outcome, in order; values that a cell does not have are empty."""
    rows = [_row(study, outcome) for outcome in outcomes]
    columns = {name: None for row in rows for name in row}
    return [{name: row.get(name, "") for name in columns} for row in rows]


def _row(study: Study, outcome: Outcome) -> Row:
    row: Row = {**outcome.cell.levels, "seed": outcome.cell.seed, "status": outcome.status}
    if outcome.status in FAILED_STATUSES:
        return row
    if outcome.runs:
        row |= _trained(study, outcome)
    for result in outcome.measured:
        row |= result.values
        if result.settings:
            row["settings"] = ", ".join(f"{k}={v}" for k, v in result.settings.items())
    return row


def _trained(study: Study, outcome: Outcome) -> Row:
    row: Row = {}
    runs = outcome.trained
    final = runs[-1]
    row["run"] = outcome.runs[-1]
    row["epochs"] = sum(int(run.history[-1]["epoch"]) for run in runs)
    row["updates"] = sum(int(run.history[-1]["updates"]) for run in runs)
    row["evaluations"] = sum(evaluations(outcome, run) for run in runs)
    fall = fall_at_end([epoch["validation_loss"] for epoch in final.history])
    if fall is not None:
        row["fall_at_end"] = fall
    if measured := final.diagnostics:
        row |= _gradients(measured)
    # A training that diverged has a history, but its metrics are no result.
    if outcome.status == "diverged":
        return row
    for part, metrics in final.metrics.items():
        row |= {f"{part}_{name}": value for name, value in metrics.items()}
    if "test_sse_per_image" in row:
        row["gap"] = row["test_sse_per_image"] - row["train_sse_per_image"]
    for target in study.targets:
        row[evaluations_to(target)] = _evaluations_to(target, outcome)
    return row


def evaluations(outcome: Outcome, run: Run, row: Row | None = None) -> int:
    """Gradient evaluations of a run, up to a row of its history or in total.

    One an update, or as many as the optimizer made; a Hessian-vector product counts as another.
    """
    counts: Row = row or run.history[-1]
    count = counts["evaluations"] if "evaluations" in counts else counts["updates"]
    return int(count) * outcome.gradients_per_evaluation


def _gradients(rows: list[Row]) -> Row:
    """log10 of the gradient's norm in the first layer, and of its ratio to the last layer's.

    At the first update that was measured, since the units of a net that exploded may be dead later.
    A ratio well below 0: the gradient vanishes.
    """
    norms = [
        math.log10(max(row["gradient_norm"], 1e-30))
        for row in rows
        if row["update"] == rows[0]["update"]
    ]
    return {"gradient_first": norms[0], "gradient_ratio": norms[0] - norms[-1]}


def _evaluations_to(target: float, outcome: Outcome) -> int | str:
    """Evaluations up to the first epoch with a validation error of at most `target`, or empty."""
    *earlier, final = outcome.trained
    for row in final.history:
        if row["validation_sse_per_image"] <= target:
            before = sum(evaluations(outcome, run) for run in earlier)
            return before + evaluations(outcome, final, row)
    return ""
