"""Points of a sweep's search space: the recipe and the cell that a point stands for."""

from typing import Any

from aebench.core.overrides import merge
from aebench.core.schema import Section, parse
from aebench.experiments.cell import Cell
from aebench.experiments.recipe import Recipe
from aebench.sweeps.config import Sweep
from aebench.sweeps.dimensions import Overrides


def nested(overrides: Overrides) -> dict[str, Any]:
    """Turn dotted names into nested sections.

    A section's `name` or `net` comes first, since it decides which other keys the section has.
    """
    names_first = sorted(
        overrides.items(), key=lambda item: not item[0].endswith((".name", ".net"))
    )
    return merge({}, dict(names_first))


def plain(value: Any) -> Any:
    """Turn a section into nested dicts that spell out every field.

    A masking noise given as its rate alone, for instance, becomes a dict with a name and a rate.
    """
    if isinstance(value, Section):
        return {name: plain(inner) for name, inner in value}
    return [plain(inner) for inner in value] if isinstance(value, list) else value


def cell(sweep: Sweep, levels: dict[str, Any], overrides: Overrides, seed: int) -> Cell:
    """Return the cell of a point, labelled by `levels`; raises InputError if it is not valid."""
    recipe = parse(Recipe, merge(plain(sweep.recipe), nested(overrides)), "space")
    return Cell({kind: str(level) for kind, level in levels.items()}, seed, recipe)


def epochs(cell: Cell) -> int:
    """Return the epochs of a cell's last run, without those of pretraining."""
    return cell.recipe.steps[-1].training.epochs
