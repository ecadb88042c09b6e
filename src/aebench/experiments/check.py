"""Build a cell's models, objectives and optimizers, to find mistakes before training."""

from collections import Counter
from collections.abc import Iterable

from torch import nn

from aebench.core.errors import InputError
from aebench.core.memory import OUT_OF_MEMORY, is_out_of_memory
from aebench.core.seeding import seeded
from aebench.data.examples import examples, without
from aebench.data.pixels import to_float
from aebench.data.prepared import PARTS, Prepared
from aebench.experiments.cell import Cell
from aebench.experiments.recipe import Recipe
from aebench.training.batches import check_subset


def metric_names(cell: Cell, prepared: Prepared) -> set[str]:
    """Validate a cell without training; returns the names of the metrics that it would have.

    Raises InputError, which begins with the cell's label.
    """
    recipe = cell.recipe
    try:
        without(prepared, recipe.training.without or [])
        what, names = (recipe.baseline, ()) if recipe.baseline else _built(recipe, prepared)
        if recipe.baseline and not recipe.measures:
            raise InputError("baseline", "nothing is measured of it", "with measures")
        for measure in recipe.measures:
            measure.check(what, prepared, recipe)
    except InputError as error:
        raise InputError(f"{cell.label}: {error}") from None
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        raise InputError(cell.label, OUT_OF_MEMORY) from None
    columns = [name for measure in recipe.measures for name in measure.columns()]
    for name, times in Counter(columns).items():
        if times > 1:
            raise InputError(cell.label, f"measures: {times} of them have '{name}'", "one of them")
    return {f"{part}_{name}" for part in PARTS for name in names} | set(columns)


def _built(recipe: Recipe, prepared: Prepared) -> tuple[nn.Module, Iterable[str]]:
    """Build the recipe's last model; returns it with the names of its objective's metrics."""
    if recipe.training.images is not None:
        check_subset(recipe.training.images, prepared.count("train"))
    *layers, last = recipe.steps
    for layer in layers:
        layer.objective.build().trainable(layer.model.module(prepared.image_shape))
    model, objective = last.model.module(prepared.image_shape), last.objective.build()
    trainable = objective.trainable(model)
    last.training.optimizer.build(trainable)
    images = examples(prepared, "train", model, limit=4)
    few = objective.inputs(model, images)
    with seeded("check"):
        objective(trainable, to_float(few), 0.0)
        names = objective.metrics(model.eval(), images)
    return model, names
