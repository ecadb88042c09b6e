"""Arrays that measures have kept for pictures, by the place in the grid that they belong to."""

import numpy as np

from aebench.experiments.cell import Levels
from aebench.studies.config import Study
from aebench.studies.grid import variants
from aebench.studies.pictures.panels import Results

Arrays = dict[str, np.ndarray]


def arrays_at(results: Results, measure: str, where: Levels) -> Arrays | None:
    """Those of the first seed that was measured at these levels; None where none was."""
    for outcome in results.outcomes:
        if where.items() <= outcome.cell.levels.items():
            for one in outcome.measured:
                if one.name == measure:
                    return one.arrays
    return None


def others(study: Study) -> list[Levels]:
    """The places of all axes but the first one, whose levels pictures compare."""
    places: dict[tuple[str, ...], Levels] = {}
    for where in variants(study):
        _, *rest = where.items()
        places[tuple(where.values())[1:]] = dict(rest)
    return list(places.values())
