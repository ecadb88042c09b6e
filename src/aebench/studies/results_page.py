"""`results.md`: a study's numbers as a table, and published ones beside them."""

from collections.abc import Sequence
from math import isfinite
from statistics import mean, stdev

from aebench.experiments.cell import Levels, format_levels
from aebench.reporting import markdown
from aebench.reporting.glossary import lines, readable
from aebench.studies.config import Study
from aebench.studies.grid import variants
from aebench.studies.table import Row


def page(study: Study, dataset: str, rows: Sequence[Row]) -> str:
    """Markdown: a row a place of the grid, means over seeds with their standard deviation."""
    places = variants(study)
    table = [
        [*place.values(), *(_cell(rows, place, metric) for metric in study.results)]
        for place in places
    ]
    columns = [*study.axes, *map(readable, study.results)]
    ours = markdown.table(columns, range(len(study.axes), len(columns)), table)
    spread = SPREAD.format(len(study.seeds)) if len(study.seeds) > 1 else "One seed."
    parts = [f"# {study.title}: results on {dataset}", study.question, f"{TEST} {spread}", ours]
    parts.append(lines([*study.results, *(one.metric for one in study.published)]))
    if lost := _collapsed(study, rows):
        parts.append(f"Posterior collapse, so that the code says nothing of an image: {lost}.")
    if study.published:
        parts += ["## Published", STATUS, _beside(study, rows)]
    return "\n\n".join(parts) + "\n"


TEST = "Of test images where a column says nothing else."
SPREAD = (
    "Means over {} seeds, ± one standard deviation where they differ; where fewer have a value, as "
    "many as it says."
)
STATUS = (
    "*read* in the source itself, *quoted* in a later copy, *recalled* from memory by two readers, "
    "the source not at hand, *computed* from the data. Where measures differ, ranks are compared: "
    "1 is the lowest of those that the source states and that are here."
)


def _collapsed(study: Study, rows: Sequence[Row]) -> str:
    found = []
    for place in variants(study):
        flags = _values(rows, place, "collapsed")
        if any(flags):
            found.append(f"{format_levels(place)} ({sum(map(bool, flags))} of {len(flags)} seeds)")
    return "; ".join(found)


def _beside(study: Study, rows: Sequence[Row]) -> str:
    table = []
    for one in study.published:
        where = one.what or format_levels(one.where)
        value, own = f"{one.value:g}", _cell(rows, one.where, one.metric) if one.where else ""
        if one.compare == "rank":
            rivals = [
                other
                for other in study.published
                if (other.metric, other.source) == (one.metric, one.source)
                and _values(rows, other.where, one.metric)
            ]
            if one in rivals:
                value += f" (rank {_rank(one.value, [other.value for other in rivals])})"
                means = [mean(_values(rows, other.where, one.metric)) for other in rivals]
                own += f" (rank {_rank(means[rivals.index(one)], means)})"
        note = f"{one.source}, {one.status}"
        table.append([where, readable(one.metric), value, own, note, one.differs])
    columns = ["what", "measure", "published", "here", "source", "how it differs"]
    return markdown.table(columns, (2, 3), table)


def named(study: Study) -> list[tuple[str, str]]:
    """Pairs of a place in the file and the metric that is named there."""
    return [
        *((f"results.{i}", metric) for i, metric in enumerate(study.results)),
        *((f"published.{i}.metric", one.metric) for i, one in enumerate(study.published)),
    ]


def _rank(value: float, among: Sequence[float]) -> int:
    return 1 + sum(other < value for other in among)


def _values(rows: Sequence[Row], where: Levels, metric: str) -> list[float]:
    there = (row.get(metric, "") for row in rows if where.items() <= row.items())
    return [float(value) for value in there if value != ""]


def _cell(rows: Sequence[Row], where: Levels, metric: str) -> str:
    values = _values(rows, where, metric)
    if not values:
        return ""
    middle = mean(values)
    differ = len(set(values)) > 1
    # Nats, bits, shares and counts stand side by side.
    decimals = 3 if abs(middle) < 10 else 2
    if all(value.is_integer() for value in values):
        decimals = int(differ)
    spreads = differ and all(map(isfinite, values))
    spread = f" ± {stdev(values):,.{decimals}f}" if spreads else ""
    there = sum(where.items() <= row.items() for row in rows)
    some = f" ({len(values)} of {there})" if len(values) < there else ""
    return f"{middle:,.{decimals}f}{spread}{some}"
