"""The results of a study that its pictures are drawn from."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from aebench.core.files import Row
from aebench.data.prepared import Prepared
from aebench.experiments.cell import Levels
from aebench.experiments.outcome import Outcome
from aebench.studies.config import Study
from aebench.studies.grid import variants

Arrays = dict[str, np.ndarray]


@dataclass(frozen=True)
class Results:
    """A finished study: its outcomes, their table, and the data that it ran on."""

    study: Study
    outcomes: Sequence[Outcome]
    rows: Sequence[Row]
    prepared: Prepared

    @property
    def first_axis(self) -> str:
        """The axis whose levels most pictures compare."""
        return next(iter(self.study.axes))

    def finished(self, place: Levels) -> list[Outcome]:
        """The outcomes at `place` with status ok, a seed each."""
        return [
            outcome
            for outcome in self.outcomes
            if outcome.status == "ok" and place.items() <= outcome.cell.levels.items()
        ]

    def rows_at(self, place: Levels) -> list[Row]:
        """The rows of the table at `place`."""
        return [row for row in self.rows if place.items() <= row.items()]

    def values_at(self, place: Levels, metric: str) -> list[float]:
        """The values of a metric at `place`, without the seeds that have none."""
        return [float(row[metric]) for row in self.rows_at(place) if row.get(metric, "") != ""]

    def arrays_at(self, place: Levels, measure: str) -> Arrays | None:
        """The arrays that a measure stored for the first seed at `place`; None without any."""
        for outcome in self.outcomes:
            if place.items() <= outcome.cell.levels.items():
                for result in outcome.measured:
                    if result.name == measure:
                        return result.arrays
        return None

    def first_seeds(self, measure: str) -> Iterator[tuple[Levels, Outcome, Arrays]]:
        """Yield each place of the grid, its first finished outcome, and the measure's arrays."""
        for place in variants(self.study):
            outcomes, arrays = self.finished(place), self.arrays_at(place, measure)
            if outcomes and arrays:
                yield place, outcomes[0], arrays

    def other_places(self) -> list[Levels]:
        """The places of all axes but the first."""
        places: dict[tuple[str, ...], Levels] = {}
        for place in variants(self.study):
            _, *rest = place.items()
            places[tuple(place.values())[1:]] = dict(rest)
        return list(places.values())
