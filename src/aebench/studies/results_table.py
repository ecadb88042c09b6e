"""A study's numbers as a table, and published ones beside them."""

from collections.abc import Sequence
from math import isfinite
from statistics import mean, stdev

from aebench.core.files import Row
from aebench.experiments.cell import Levels, format_levels
from aebench.reporting import markdown
from aebench.reporting.glossary import lines, readable
from aebench.reporting.markdown import Markdown, prose
from aebench.studies.config import Study
from aebench.studies.stored import Statement


def results(stated: Statement, rows: Sequence[Row]) -> Markdown:
    """A row for each place of the grid: means over seeds and standard deviations."""
    places = _places(stated, rows)
    table = [
        [*place.values(), *(_cell(rows, place, metric) for metric in stated.results)]
        for place in places
    ]
    axes = len(stated.axes)
    columns = [*stated.axes, *map(readable, stated.results)]
    return markdown.table(columns, range(axes, len(columns)), table)


def explained(stated: Statement) -> Markdown:
    """What the table's metrics are."""
    return lines([*stated.results, *(number.metric for number in stated.published)])


def collapsed(stated: Statement, rows: Sequence[Row]) -> str:
    """The places where the posterior collapsed, with the number of seeds."""
    places = []
    for place in _places(stated, rows):
        flags = _values(rows, place, "collapsed")
        if any(flags):
            places.append(f"{format_levels(place)} ({sum(map(bool, flags))} of {len(flags)} seeds)")
    return "; ".join(places)


def published(stated: Statement, rows: Sequence[Row]) -> Markdown:
    """Published numbers beside the study's own, as a table."""
    table = []
    for number in stated.published:
        metric, source = number.metric, number.source
        value = f"{number.value:g}"
        own = _cell(rows, number.where, metric) if number.where else ""
        if number.compare == "rank":
            ranked = [
                other
                for other in stated.published
                if (other.metric, other.source) == (metric, source)
                and other.where
                and _values(rows, other.where, metric)
            ]
            if number in ranked:
                value += f" (rank {_rank(number.value, [other.value for other in ranked])})"
                means = [mean(_values(rows, other.where, metric)) for other in ranked]
                own += f" (rank {_rank(means[ranked.index(number)], means)})"
        where = number.what or format_levels(number.where)
        note = f"{source}, {number.status}"
        table.append([where, readable(metric), value, own, note, prose(number.differs)])
    columns = ["what", "measure", "published", "here", "source", "how it differs"]
    return markdown.table(columns, (2, 3), table)


def named(study: Study) -> list[tuple[str, str]]:
    """Pairs of a key in the study's file and the metric that it names."""
    return [
        *((f"results.{i}", metric) for i, metric in enumerate(study.results)),
        *((f"published.{i}.metric", number.metric) for i, number in enumerate(study.published)),
    ]


def _places(stated: Statement, rows: Sequence[Row]) -> list[Levels]:
    """The places of the grid, in the order of the table."""
    places = (tuple(row[axis] for axis in stated.axes) for row in rows)
    return [dict(zip(stated.axes, place, strict=True)) for place in dict.fromkeys(places)]


def _rank(value: float, among: Sequence[float]) -> int:
    return 1 + sum(other < value for other in among)


def _values(rows: Sequence[Row], where: Levels, metric: str) -> list[float]:
    values = (row.get(metric, "") for row in rows if where.items() <= row.items())
    return [float(value) for value in values if value != ""]


def _cell(rows: Sequence[Row], where: Levels, metric: str) -> str:
    """The mean over seeds: `2.58 ± 0.01 (4 of 5)`."""
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
    seeds = sum(where.items() <= row.items() for row in rows)
    missing = f" ({len(values)} of {seeds})" if len(values) < seeds else ""
    return f"{middle:,.{decimals}f}{spread}{missing}"
