"""`--dry-run`: the runs of a study, which of them are there, and what the others would take."""

import time

import pytorch_lightning as pl
import torch

from aebench import models, objectives
from aebench.objectives.config import ObjectiveConfig
from aebench.params import Training
from aebench.schema import parse
from aebench.studies import grid, tune
from aebench.studies.cell import chain
from aebench.studies.grid import Cell
from aebench.training.device import device
from aebench.training.fit import fit
from aebench.training.runs import RunSpec, RunStore

# Batches of the trial that an estimate rests on; its first epoch warms up.
BATCHES = 5


def plan(work) -> str:
    """A line a run and the time that the missing ones would take, by a short trial of each kind."""
    tuning = [trial.cell for trial in tune.trials(work.study)] if work.study.tune else []
    lines, seconds, missing = [], 0.0, 0
    rates: dict[str, float] = {}
    # Tuned settings are not known yet: the cells then stand for what they will become.
    for cell in [*tuning, *grid.cells(work.study)]:
        spec = _final(cell, work.prepared)
        there = spec is not None and RunStore().get(spec.id) is not None
        epochs = cell.read().training.epochs
        if not there:
            kind = repr([cell.recipe["model"], cell.recipe["training"]["optimizer"]])
            if kind not in rates:
                rates[kind] = seconds_per_epoch(cell, work.prepared)
            seconds += epochs * rates[kind]
            missing += 1
        lines.append(f"{'there  ' if there else 'missing'}  {epochs:4d} epochs  {cell.label}")
    hours, minutes = divmod(round(seconds / 60 / work.workers), 60)
    total = f"{len(lines)} runs, {missing} of them missing: about {hours} h {minutes:02d} min"
    return "\n".join([*lines, total])


def _final(cell: Cell, prepared) -> RunSpec | None:
    """The spec of the cell's last run, as far as the ones before it are there."""
    run, spec = None, None
    for _, after in chain(cell, prepared):
        if spec is not None and run is None:
            return None
        spec = after(run)
        run = RunStore().get(spec.id)
    return spec


class _Clock(pl.Callback):
    def __init__(self):
        self.starts: list[float] = []

    def on_train_epoch_start(self, *_) -> None:
        self.starts.append(time.perf_counter())


def seconds_per_epoch(cell: Cell, prepared) -> float:
    """Measured: two epochs of a few batches, the second one counted."""
    recipe = cell.read()
    spec = list(chain(cell, prepared))[-1][1](None)
    images = torch.from_numpy(prepared.part("train")[0])
    count = min(len(images), recipe.training.images or len(images))
    few = min(count, BATCHES * recipe.training.batch_size)
    training = parse(Training, spec.training | {"epochs": 3, "patience": None}, "training")
    model = models.build(spec.model).to(device())
    objective = objectives.build(parse(ObjectiveConfig, spec.objective, "objective"))
    clock = _Clock()
    fit(
        objective.trainee(model),
        objective,
        training.model_copy(update={"images": None}),
        {
            "train": objective.inputs(model, images[:few].to(device())),
            "validation": objective.inputs(model, images[:100].to(device())),
        },
        precision=spec.precision,
        seed=0,
        callbacks=[clock],
    )
    return (clock.starts[2] - clock.starts[1]) * count / few
