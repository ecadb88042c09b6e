"""`--dry-run`: the runs of a study, those that are missing, and the time that they would take."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from aebench.core.errors import one_line
from aebench.core.schema import Section
from aebench.experiments.cell import Cell
from aebench.experiments.done import is_done, stored_outcome
from aebench.experiments.outcome import Outcome
from aebench.experiments.recipe import Recipe
from aebench.studies import grid, tune

if TYPE_CHECKING:
    from aebench.studies.runner import StudyRunner


def plan(runner: "StudyRunner") -> str:
    """A line a run, and the time of the missing ones, estimated from a few steps of each kind.

    Without the time of baselines and measures. Before tuning is done, only the trials whose
    settings are known are listed, and cells with their settings before tuning.
    """
    store = runner.context.runs
    tries: list[Cell] = []
    known: dict[str, bool] = {}

    def done(cell: Cell) -> bool:
        # Files are verified once: that takes most of the time of a study that is finished.
        if cell.label not in known:
            known[cell.label] = is_done(cell, runner.prepared, store)
        return known[cell.label]

    def find(cells: Sequence[Cell]) -> list[Outcome]:
        tries.extend(cells)
        found = [stored_outcome(cell, runner.context) if done(cell) else None for cell in cells]
        if None in found:
            raise tune.NotRun
        return [outcome for outcome in found if outcome]

    try:
        best, waits = tune.tuned(runner.study, find).best, False
    except tune.NotRun:
        best, waits = {}, True
    lines, seconds, missing = [], 0.0, 0
    rates: dict[str, float] = {}
    for cell in [*tries, *grid.cells(runner.study, best)]:
        recipe = cell.recipe
        epochs = 0 if recipe.baseline else sum(step.training.epochs for step in recipe.steps)
        if not done(cell) and recipe.baseline:
            missing += 1
        elif not done(cell):
            kind = repr([_kind(part.identity()) for part in _timed(recipe)])
            if kind not in rates:
                # Imports Lightning, which takes seconds, and which a finished study does not need.
                from aebench.experiments.estimate import seconds_per_epoch

                rates[kind] = seconds_per_epoch(cell, runner.prepared)
            seconds += epochs * rates[kind]
            missing += 1
        length = "   baseline" if recipe.baseline else f"{epochs:4d} epochs"
        lines.append(f"{'there  ' if done(cell) else 'missing'}  {length}  {cell.label}")
    hours, minutes = divmod(round(seconds / 60 / runner.workers.processes), 60)
    total = f"{len(lines)} runs, {missing} of them missing: about {hours} h {minutes:02d} min"
    if waits:
        total += ", and the trials that follow from these"
    return "\n".join(map(one_line, [*lines, total]))


def _timed(recipe: Recipe) -> list[Section]:
    training = recipe.training.model_copy(update={"epochs": 1, "patience": None})
    return [recipe.model, recipe.objective, training]


def _kind(settings: Any) -> Any:
    """What the time of a step depends on: of real numbers, only whether they are zero."""
    match settings:
        case dict():
            return {key: _kind(value) for key, value in settings.items()}
        case list():
            return [_kind(value) for value in settings]
        case float():
            return settings != 0
    return settings
