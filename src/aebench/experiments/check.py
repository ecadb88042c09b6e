"""Build all that a cell's trainings are made of, so that a mistake shows before the first one."""

from collections import Counter
from collections.abc import Iterable

import torch
from torch import nn

from aebench.data.pixels import to_float
from aebench.data.prepared import PARTS, Prepared
from aebench.errors import InputError
from aebench.experiments.cell import Cell
from aebench.experiments.recipe import Recipe
from aebench.measures.config import Anomaly, Likelihood
from aebench.measures.measured import check, columns
from aebench.seeding import seeded
from aebench.training.batches import some
from aebench.training.examples import examples, without


def metric_names(cell: Cell, prepared: Prepared) -> set[str]:
    """Build the cell's models, objectives and optimizers; the names of what would be measured.

    Nothing is trained. Raises InputError, which begins with the cell's label.
    """
    recipe = cell.recipe
    try:
        without(prepared, recipe.training.without or [])
        what, names = (recipe.tool, ()) if recipe.tool else _built(recipe, prepared)
        if recipe.tool and not recipe.measures:
            raise InputError("tool: nothing is measured of it; allowed: with measures")
        for measure in recipe.measures:
            check(measure, what, prepared)
            if isinstance(measure, Anomaly) and not (measure.against or recipe.training.without):
                raise InputError(
                    "measures: anomaly: nothing is strange; allowed: with `against`, or "
                    "training.without"
                )
            if not recipe.tool and (
                isinstance(measure, Likelihood) or getattr(measure, "score", "") == "likelihood"
            ):
                _check_likelihood(recipe, measure.name)
    except InputError as error:
        raise InputError(f"{cell.label}: {error}") from None
    of_measures = [name for measure in recipe.measures for name in columns(measure)]
    for name, times in Counter(of_measures).items():
        if times > 1:
            raise InputError(
                f"{cell.label}: measures: {times} of them have '{name}', and one would hide "
                "the other; allowed: one of them"
            )
    return {f"{part}_{name}" for part in PARTS for name in names} | set(of_measures)


def _check_likelihood(recipe: Recipe, measure: str) -> None:
    """Raise InputError where the training does not say of which pixels, or of ones without any."""
    binarization = getattr(recipe.objective, "binarization", None)
    if binarization is None:
        raise InputError(
            f"measures: {measure}: the objective {recipe.objective.name} maximizes no likelihood; "
            "allowed: elbo, iwae"
        )
    likelihood = getattr(recipe.model, "likelihood", None)
    if binarization == "none" and likelihood and not likelihood.build().grey:
        raise InputError(
            f"measures: {measure}: bernoulli gives grey values none; allowed: "
            "objective.binarization stochastic or fixed, or another model.likelihood"
        )


def _built(recipe: Recipe, prepared: Prepared) -> tuple[nn.Module, Iterable[str]]:
    """The model, and the names of what its objective says of it."""
    if recipe.training.images is not None:
        some(torch.from_numpy(prepared.part("train")[0]), recipe.training.images)
    *layers, last = recipe.steps
    for layer in layers:
        layer.objective.build().trainee(layer.model.build(prepared.image_shape))
    model, objective = last.model.build(prepared.image_shape), last.objective.build()
    trainee = objective.trainee(model)
    last.training.optimizer.build(trainee)
    images = examples(prepared, "train", model)[:4]
    few = objective.inputs(model, images)
    with seeded("check"):
        objective(trainee, to_float(few), 0.0)
        names = objective.metrics(model.eval(), images)
    return model, names
