"""`--dry-run`: the runs of a study, which of them are there, and what the others would take."""

from aebench.experiments.estimate import is_done, seconds_per_epoch
from aebench.experiments.run_cell import run_cell
from aebench.studies import grid, tune


def plan(work) -> str:
    """A line a run and the time that the missing ones would take, by a short trial of each kind.

    What baselines and measures take is not in it. While tuning is not done, the cells stand for
    what they will become.
    """
    store = work.context.runs
    trials = tune.trials(work.study) if work.study.tune else []
    tuned = {}
    tries = [cell for trial in trials for cell in trial.cells]
    if trials and all(is_done(cell, work.prepared, store) for cell in tries):
        results = [run_cell(cell, work.context) for cell in tries]
        tuned = tune.chosen(tune.judged(work.study, trials, results))
    lines, seconds, missing = [], 0.0, 0
    rates: dict[str, float] = {}
    for cell in [*tries, *grid.cells(work.study, tuned)]:
        there = is_done(cell, work.prepared, store)
        recipe = cell.recipe
        epochs = recipe.training.epochs
        if not there and recipe.baseline:
            missing += 1
        elif not there:
            kind = repr([recipe.model, recipe.objective, recipe.training])
            if kind not in rates:
                rates[kind] = seconds_per_epoch(cell, work.prepared)
            seconds += epochs * rates[kind]
            missing += 1
        length = "   baseline" if recipe.baseline else f"{epochs:4d} epochs"
        lines.append(f"{'there  ' if there else 'missing'}  {length}  {cell.label}")
    hours, minutes = divmod(round(seconds / 60 / work.workers), 60)
    total = f"{len(lines)} runs, {missing} of them missing: about {hours} h {minutes:02d} min"
    return "\n".join([*lines, total])
