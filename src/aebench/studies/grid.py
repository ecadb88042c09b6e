"""The cells of a study: the grid of its axes' levels, over seeds."""

import hashlib
import json
import math
from itertools import product
from typing import Any

from aebench.core.errors import InputError
from aebench.core.memory import needs_memory
from aebench.core.overrides import merge
from aebench.core.schema import parse
from aebench.experiments.cell import Cell, Levels, format_levels
from aebench.experiments.recipe import Recipe
from aebench.studies.config import BUDGET, Study, Tune

# A place takes at least so much.
PLACE_BYTES = 500


def cells(study: Study, tuned: dict[str, dict[str, Any]] | None = None) -> list[Cell]:
    """All cells in the order of the file, seeds last.

    `tuned`: level of the tuned axis -> the overrides that tuning chose.
    """
    recipes: list[tuple[Levels, Recipe]] = []
    # What is wrong -> where it is first.
    mistakes: dict[str, str] = {}
    for levels in variants(study):
        try:
            recipes.append((levels, _recipe(study, levels, tuned or {})))
        except InputError as error:
            line = str(error)
            mistakes.setdefault(line.removeprefix(format_levels(levels)), line)
    if mistakes:
        raise InputError.of_all("", list(mistakes.values()))
    return [
        Cell(levels, seed, recipe, _redrawn(study))
        for levels, recipe in recipes
        for seed in study.seeds
    ]


def digest(study: Study) -> str:
    """16 hex digits of all cells before tuning: another for other recipes, levels or seeds."""
    content = [
        (cell.levels, cell.seed, cell.redrawn, cell.recipe.identity()) for cell in cells(study)
    ]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]


def variants(study: Study) -> list[Levels]:
    """The places of the grid: the product of all levels, limited by `only` and `leave_out`."""
    places = math.prod(len(levels) for levels in study.axes.values())
    needs_memory(PLACE_BYTES * places, f"axes: {places} places")
    grid = (dict(zip(study.axes, names, strict=True)) for names in product(*study.axes.values()))
    return [
        place
        for place in grid
        if (not study.only or _among(place, study.only)) and not _among(place, study.leave_out)
    ]


def _among(place: Levels, places: list[Levels]) -> bool:
    return any(levels.items() <= place.items() for levels in places)


def trial_cells(
    study: Study, tune: Tune, level: str, number: int, overrides: dict[str, Any]
) -> list[Cell]:
    """The cells of a trial of a tuned level, a seed each, at the first levels of other axes.

    They have no test images, and nothing is measured beyond what tuning looks at.
    """
    places = [place for place in variants(study) if place[tune.axis] == level]
    if not places:
        raise InputError("tune.space", f"'{level}' has no cells", "levels that are not left out")
    first = places[0]
    recipe = _recipe(study, first, {level: overrides}).model_copy(update={"measures": []})
    levels = {tune.axis: level, "trial": str(number)}
    return [Cell(levels, seed, recipe, _redrawn(study), tuning=True) for seed in tune.seeds]


def _redrawn(study: Study) -> bool:
    return study.splits == "by seed"


def _recipe(study: Study, levels: Levels, tuned: dict[str, dict[str, Any]]) -> Recipe:
    recipe = study.recipe
    for axis, level in levels.items():
        recipe = merge(recipe, study.axes[axis][level])
    for adjustment in study.adjust:
        if adjustment.where.items() <= levels.items():
            recipe = merge(recipe, adjustment.set)
    if study.tune:
        recipe = merge(recipe, tuned.get(levels[study.tune.axis], {}))
    if study.budgets:
        share, epochs = study.budgets[levels[BUDGET]], recipe["training"]["epochs"]
        recipe = merge(recipe, {"training.epochs": max(1, round(share * epochs))})
    return parse(Recipe, recipe, format_levels(levels))
