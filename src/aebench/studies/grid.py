"""The cells of a study: the grid of its axes' levels, over seeds."""

from itertools import product
from typing import Any

from aebench.core.overrides import merge
from aebench.core.schema import parse
from aebench.experiments.cell import Cell, Levels, format_levels
from aebench.experiments.recipe import Recipe
from aebench.studies.config import Study


def cells(study: Study, tuned: dict[str, dict[str, Any]] | None = None) -> list[Cell]:
    """All cells in the order of the file, seeds last.

    `tuned` gives, for the levels of the axis that is tuned, the overrides that tuning has chosen.
    """
    return [
        Cell(levels, seed, recipe)
        for levels in variants(study)
        for recipe in [_recipe(study, levels, tuned or {})]
        for seed in study.seeds
    ]


def variants(study: Study) -> list[Levels]:
    """The grid, or the places that the study names, without what is left out."""
    grid = (dict(zip(study.axes, names, strict=True)) for names in product(*study.axes.values()))
    return [
        one
        for one in grid
        if (not study.only or _among(one, study.only)) and not _among(one, study.leave_out)
    ]


def _among(place: Levels, some: list[Levels]) -> bool:
    return any(levels.items() <= place.items() for levels in some)


def trial_cells(study: Study, level: str, number: int, overrides: dict[str, Any]) -> list[Cell]:
    """One trial of a level of the tuned axis, at the first levels of all other axes."""
    axis = study.tune.axis
    first = next(one for one in variants(study) if one[axis] == level)
    recipe = _recipe(study, first, {level: overrides})
    return [Cell({axis: level, "trial": str(number)}, seed, recipe) for seed in study.tune.seeds]


def _recipe(study: Study, levels: Levels, tuned: dict[str, dict[str, Any]]) -> Recipe:
    recipe = study.recipe
    for axis, level in levels.items():
        recipe = merge(recipe, study.axes[axis][level])
    for adjustment in study.adjust:
        if adjustment.where.items() <= levels.items():
            recipe = merge(recipe, adjustment.set)
    if study.tune:
        recipe = merge(recipe, tuned.get(levels[study.tune.axis], {}))
    return parse(Recipe, recipe, format_levels(levels))
