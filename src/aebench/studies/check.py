"""What can be known to be wrong with a study before its first training."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

import torch
from torch import nn

from aebench import measures, models, objectives
from aebench.data.pixels import to_float
from aebench.data.prepared import PARTS, Prepared
from aebench.errors import InputError
from aebench.measures.config import Anomaly, Likelihood
from aebench.models.stacked import pretrained_layers
from aebench.seeding import seeded
from aebench.studies import grid, pictures, results, tune
from aebench.studies.cell import chain, layer_objective
from aebench.studies.config import Recipe, Study
from aebench.studies.grid import Cell
from aebench.studies.table import DERIVED
from aebench.training.batches import some
from aebench.training.examples import examples, without


def check(study: Study, prepared: Prepared) -> None:
    """Raise InputError, one line, for a cell that cannot be, or a metric or picture there is not.

    Each kind of model is built, shallower ones too, with its objective and optimizer; nothing is
    trained.
    """
    pictures.check(study)
    tuning = [cell for trial in tune.trials(study) for cell in trial.cells] if study.tune else []
    if any(cell.read().tool for cell in tuning):
        raise InputError("tune.space: a tool is not tuned by trials; allowed: levels that train")
    needy = ["targets"] if study.targets else []
    needy += [f"pictures: '{name}'" for name in study.pictures if name in ("codes", "surface")]
    seen: list[Any] = []
    metrics = set(DERIVED) | {f"evaluations_to_{target:g}" for target in study.targets}
    for cell in [*tuning, *grid.cells(study)]:
        list(chain(cell, prepared))
        kind = {key: value for key, value in cell.recipe.items() if key != "precision"}
        if kind not in seen:
            found = measured(cell, prepared)
            if needy and not cell.read().tool and "test_sse_per_image" not in found:
                raise InputError(
                    f"{needy[0]}: {cell.label} has no squared error; allowed: an objective that "
                    "measures it"
                )
            metrics |= found
            seen.append(kind)
    for axis in study.axes:
        if axis in metrics:
            raise InputError(
                f"axes: '{axis}' is a column of what is measured; allowed: another name"
            )
    for place, metric in [
        ("metric", study.metric),
        *((f"claims.{i}.metric", claim.metric) for i, claim in enumerate(study.claims)),
        *((f"claims.{i}.against", c.against) for i, c in enumerate(study.claims) if c.against),
        *results.named(study),
    ]:
        if metric not in metrics:
            allowed = ", ".join(sorted(metrics))
            raise InputError(f"{place}: unknown name '{metric}'; allowed: {allowed}")
    if study.tune and not study.metric.startswith("test_"):
        raise InputError(
            f"metric: '{study.metric}' cannot be tuned for; allowed: one that begins with test_"
        )


def measured(cell: Cell, prepared: Prepared) -> set[str]:
    """Build all that the cell's trainings are made of; returns what would be measured of it."""
    recipe = cell.read()
    try:
        without(prepared, recipe.training.without or [])
        what, names = (recipe.tool, ()) if recipe.tool else _built(recipe, prepared)
        if recipe.tool and not recipe.measures:
            raise InputError("tool: nothing is measured of it; allowed: with measures")
        for measure in recipe.measures:
            measures.check(measure, what, prepared)
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
    of_measures = [name for measure in recipe.measures for name in measures.columns(measure)]
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
    if binarization == "none" and recipe.model.get("likelihood", "bernoulli") == "bernoulli":
        raise InputError(
            f"measures: {measure}: bernoulli gives grey values none; allowed: "
            "objective.binarization stochastic or fixed, or another model.likelihood"
        )


def _built(recipe: Recipe, prepared: Prepared) -> tuple[nn.Module, Iterable[str]]:
    """The model, and the names of what its objective says of it."""
    spec = recipe.model | {"image_shape": prepared.image_shape}
    if recipe.training.images is not None:
        some(torch.from_numpy(prepared.part("train")[0]), recipe.training.images)
    if recipe.pretrain and recipe.pretrain.method == "greedy":
        layer = layer_objective(recipe)
        for depth in range(1, len(spec["widths"]) + 1):
            pair = pretrained_layers(spec, depth, "greedy")
            objectives.build(layer).trainee(models.build(pair))
    model, objective = models.build(spec), objectives.build(recipe.objective)
    trainee = objective.trainee(model)
    recipe.training.optimizer.build(trainee)
    images = examples(prepared, "train", model)[:4]
    few = objective.inputs(model, images)
    with seeded("check"):
        objective(trainee, to_float(few), 0.0)
        names = objective.metrics(model.eval(), images)
    return model, names
