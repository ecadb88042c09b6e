"""What is there of a cell, and how long the rest would take."""

import time

import pytorch_lightning as pl

from aebench.data.examples import examples
from aebench.data.prepared import Prepared
from aebench.experiments.cell import Cell
from aebench.experiments.outcome import subject_of
from aebench.measures.measured import there
from aebench.training.device import device, threads
from aebench.training.fit import fit
from aebench.training.runs import RunStore

# Batches of the trial that an estimate rests on.
BATCHES = 5


def is_done(cell: Cell, prepared: Prepared, store: RunStore) -> bool:
    """Whether nothing is left to train: the last run is there, or one that diverged.

    Of a baseline, whether it was measured.
    """
    if cell.recipe.baseline:
        subject = subject_of(cell, prepared, store, None)
        return all(there(measure, subject) for measure in cell.recipe.measures)
    for spec in cell.specs(prepared):
        if store.divergence(spec.id):
            return True
        if store.get(spec.id) is None:
            return False
    return True


class _Clock(pl.Callback):
    def __init__(self):
        self.times: list[float] = []

    def on_train_start(self, *_) -> None:
        self.times.append(time.perf_counter())

    def on_train_epoch_end(self, *_) -> None:
        self.times.append(time.perf_counter())


def seconds_per_epoch(cell: Cell, prepared: Prepared) -> float:
    """Measured on a few batches: the last whole epoch of up to three, the first ones warm up."""
    recipe, (*_, last) = cell.recipe, cell.recipe.steps
    model = last.model.build(prepared.image_shape).to(device())
    images = examples(prepared, "train", model)
    count = min(len(images), recipe.training.images or len(images))
    few = min(count, BATCHES * recipe.training.batch_size)
    objective = last.objective.build()
    clock = _Clock()
    with threads(recipe.threads):
        fit(
            objective.trainable(model),
            objective,
            recipe.training.model_copy(update={"epochs": 3, "patience": None}),
            {
                "train": objective.inputs(model, images[:few].to(device())),
                "validation": objective.inputs(model, images[:100].to(device())),
            },
            precision=recipe.precision,
            seed=0,
            callbacks=[clock],
        )
    # A training that diverges in its first epoch ends with it.
    return (clock.times[-1] - clock.times[-2]) * count / few
