"""Places of a study that more training would change, so that verdicts on them could turn."""

from collections.abc import Sequence
from statistics import fmean

from aebench.core.files import Row
from aebench.experiments.cell import Levels, format_levels
from aebench.reporting.cautions import FALLING
from aebench.studies.config import BUDGET, Study
from aebench.studies.grid import variants

# The share of the error at a budget that the next larger one takes off.
GAINING = 0.05


def falling(study: Study, rows: Sequence[Row]) -> list[str]:
    """The places whose validation loss still fell much in the last tenth of the epochs.

    On average over the seeds.
    """
    places = []
    for place in variants(study):
        falls = _values(rows, place, "fall_at_end")
        if falls and fmean(falls) >= FALLING:
            places.append(format_levels(place))
    return places


def gaining(study: Study, rows: Sequence[Row]) -> list[str]:
    """The places whose validation error at the largest budget is much below that at the next.

    A schedule that ends at a rate of 0 hides it from `falling`.
    """
    if len(study.budgets) < 2:
        return []
    *_, less, most = sorted(study.budgets, key=lambda name: study.budgets[name])
    metric = "validation_" + study.metric.removeprefix("test_")
    places = []
    for place in variants(study):
        if place[BUDGET] == most:
            before = _values(rows, place | {BUDGET: less}, metric)
            after = _values(rows, place, metric)
            if before and after and fmean(after) <= (1 - GAINING) * fmean(before):
                places.append(format_levels(place))
    return places


def _values(rows: Sequence[Row], place: Levels, column: str) -> list[float]:
    """A place's values; none if a seed lacks one."""
    values = [row.get(column, "") for row in rows if place.items() <= row.items()]
    return [] if "" in values else [float(value) for value in values]
