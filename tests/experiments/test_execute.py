"""In which order several workers take the cells of a study."""

from typing import Any

from aebench.core.schema import parse
from aebench.experiments.cell import Cell
from aebench.experiments.execute import interleave_duplicates
from aebench.experiments.recipe import Recipe

BASE = {
    "model": {"name": "stacked", "widths": [4], "unit": "silu"},
    "objective": {"name": "reconstruction", "loss": "sse"},
    "training": {
        "epochs": 1,
        "batch_size": 1,
        "optimizer": {"name": "sgd", "lr": 0.1},
        "schedule": {"name": "constant"},
    },
    "precision": "fp32",
    "threads": 1,
}


def cell(name: str, seed: int, **recipe: Any) -> Cell:
    return Cell({"method": name}, seed, parse(Recipe, BASE | recipe, name))


def test_cells_with_the_same_work_are_not_side_by_side() -> None:
    measured, otherwise = ({"measures": [{"name": one}]} for one in ("map", "latents"))
    cells = [
        cell("baseline", 0, baseline={"name": "pca"}, **measured),
        cell("baseline", 1, baseline={"name": "pca"}, **measured),
        cell("baseline, otherwise", 0, baseline={"name": "pca"}, **otherwise),
        cell("net", 0, **measured),
        cell("net", 1, **measured),
        cell("net, otherwise", 0, **otherwise),
    ]
    # A baseline's fit depends on what is measured of it, a training on the seed.
    firsts, seconds = [cells[0], *cells[2:5]], [cells[1], cells[5]]
    assert interleave_duplicates(cells) == [*firsts, *seconds]
