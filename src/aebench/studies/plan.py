"""`--dry-run`: the runs of a study, which of them are there, and what the others would take."""

import time

import pytorch_lightning as pl

from aebench import measures, models, objectives
from aebench.studies import grid, tune
from aebench.studies.cell import chain, outcome, subject_of
from aebench.studies.grid import Cell
from aebench.training.device import device
from aebench.training.examples import examples
from aebench.training.fit import DIVERGED, fit
from aebench.training.runs import RunStore

# Batches of the trial that an estimate rests on.
BATCHES = 5


def plan(work) -> str:
    """A line a run and the time that the missing ones would take, by a short trial of each kind.

    What tools and measures take is not in it. While tuning is not done, the cells stand for what
    they will become.
    """
    trials = tune.trials(work.study) if work.study.tune else []
    tuned = {}
    tries = [cell for trial in trials for cell in trial.cells]
    if trials and all(_done(cell, work.prepared) for cell in tries):
        results = [outcome(cell, work.place) for cell in tries]
        tuned = tune.chosen(tune.judged(work.study, trials, results))
    lines, seconds, missing = [], 0.0, 0
    rates: dict[str, float] = {}
    for cell in [*tries, *grid.cells(work.study, tuned)]:
        there = _done(cell, work.prepared)
        recipe = cell.read()
        epochs = recipe.training.epochs
        if not there and recipe.tool:
            missing += 1
        elif not there:
            kind = repr([cell.recipe[key] for key in ("model", "objective", "training")])
            if kind not in rates:
                rates[kind] = seconds_per_epoch(cell, work.prepared)
            seconds += epochs * rates[kind]
            missing += 1
        length = "       tool" if recipe.tool else f"{epochs:4d} epochs"
        lines.append(f"{'there  ' if there else 'missing'}  {length}  {cell.label}")
    hours, minutes = divmod(round(seconds / 60 / work.workers), 60)
    total = f"{len(lines)} runs, {missing} of them missing: about {hours} h {minutes:02d} min"
    return "\n".join([*lines, total])


def _done(cell: Cell, prepared) -> bool:
    """Whether nothing is left to train: the last run is there, or one that diverged.

    Of a tool, whether it was measured.
    """
    if cell.read().tool:
        subject = subject_of(cell, prepared, RunStore(), None)
        return all(measures.there(one, subject) for one in cell.read().measures)
    run = None
    for _, after in chain(cell, prepared):
        spec = after(run)
        if (RunStore().folder(spec.id) / DIVERGED).exists():
            return True
        run = RunStore().get(spec.id)
        if run is None:
            return False
    return True


class _Clock(pl.Callback):
    def __init__(self):
        self.times: list[float] = []

    def on_train_start(self, *_) -> None:
        self.times.append(time.perf_counter())

    def on_train_epoch_end(self, *_) -> None:
        self.times.append(time.perf_counter())


def seconds_per_epoch(cell: Cell, prepared) -> float:
    """Measured on a few batches: the last whole epoch of up to three, the first ones warm up."""
    recipe = cell.read()
    spec = list(chain(cell, prepared))[-1][1](None)
    model = models.build(spec.model).to(device())
    images = examples(prepared, "train", model)
    count = min(len(images), recipe.training.images or len(images))
    few = min(count, BATCHES * recipe.training.batch_size)
    objective = objectives.build(recipe.objective)
    clock = _Clock()
    fit(
        objective.trainee(model),
        objective,
        recipe.training.model_copy(update={"epochs": 3, "patience": None}),
        {
            "train": objective.inputs(model, images[:few].to(device())),
            "validation": objective.inputs(model, images[:100].to(device())),
        },
        precision=spec.precision,
        seed=0,
        callbacks=[clock],
    )
    # A training that diverges in its first epoch ends with it.
    return (clock.times[-1] - clock.times[-2]) * count / few
