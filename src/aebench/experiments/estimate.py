"""How long the training of a cell would take."""

import time

import pytorch_lightning as pl

from aebench.data.examples import examples
from aebench.data.prepared import Prepared
from aebench.experiments.cell import Cell
from aebench.training.device import device, threads
from aebench.training.fit import fit

# Batches per epoch of the trial training.
BATCHES = 5


class _Clock(pl.Callback):
    """Notes when the training starts and when each epoch ends."""

    def __init__(self):
        self.times: list[float] = []

    def on_train_start(self, *_) -> None:
        self.times.append(time.perf_counter())

    def on_train_epoch_end(self, *_) -> None:
        self.times.append(time.perf_counter())


def seconds_per_epoch(cell: Cell, prepared: Prepared) -> float:
    """Estimate from the last of up to three epochs of a few batches; the first ones warm up."""
    recipe, (*_, last) = cell.recipe, cell.recipe.steps
    model = last.model.module(prepared.image_shape).to(device())
    count = prepared.count("train")
    count = min(count, recipe.training.images or count)
    few = min(count, BATCHES * recipe.training.batch_size)
    images = examples(prepared, "train", model, limit=max(few, 100))
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
    # The last of fewer than three where the training diverges.
    return (clock.times[-1] - clock.times[-2]) * count / few
