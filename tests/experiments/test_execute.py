"""In which order several workers take the cells of a study."""

from aebench.studies.execute import twins_apart
from aebench.studies.grid import Cell


def cell(name: str, seed: int, **recipe) -> Cell:
    return Cell({"method": name}, seed, recipe)


def test_cells_with_the_same_work_are_not_side_by_side() -> None:
    measured, otherwise = ({"measures": [{"name": one}]} for one in ("map", "lossy"))
    cells = [
        cell("tool", 0, tool={"name": "pca"}, **measured),
        cell("tool", 1, tool={"name": "pca"}, **measured),
        cell("tool, otherwise", 0, tool={"name": "pca"}, **otherwise),
        cell("net", 0, model={}, **measured),
        cell("net", 1, model={}, **measured),
        cell("net, otherwise", 0, model={}, **otherwise),
    ]
    # A tool's fit depends on what is measured of it, a training on the seed.
    firsts, seconds = [cells[0], *cells[2:5]], [cells[1], cells[5]]
    assert twins_apart(cells) == [*firsts, *seconds]
