"""Panels of a study's pictures: what is compared within one, and what makes another one."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from aebench.data.prepared import Prepared
from aebench.experiments.cell import Levels, format_levels
from aebench.experiments.outcome import Outcome
from aebench.plots.figures import COLOURS, INK
from aebench.studies.config import Study
from aebench.studies.grid import variants
from aebench.studies.table import Row

STYLES = ("-", "--", ":")
# Panels beside each other, before a single row is broken into several.
ACROSS = 5


@dataclass(frozen=True)
class Results:
    """All that a picture can be made from."""

    study: Study
    outcomes: Sequence[Outcome]
    rows: Sequence[Row]
    prepared: Prepared

    def done(self, place: Levels) -> list[Outcome]:
        """The cells there that have a result."""
        return [
            one
            for one in self.outcomes
            if one.status == "ok" and place.items() <= one.cell.levels.items()
        ]


@dataclass(frozen=True)
class Line:
    """What is compared within a panel: the cells at `place`."""

    label: str
    place: Levels
    colour: str
    style: str


def places(study: Study) -> list[list[Levels]]:
    """Of the panels, by rows: all that the axes but the first make, the second one across.

    A row that stands alone is broken into several where it is long; the last may be shorter. Where
    the study names its places, the last axis alone: few of the others' would have two lines.
    """
    if study.only and len(study.axes) > 1:
        last = list(study.axes)[-1]
        there = {one[last] for one in variants(study)}
        return [[{last: level}] for level in study.axes[last] if level in there]
    others = list(study.axes)[1:]
    across = [{others[0]: level} for level in study.axes[others[0]]] if others else [{}]
    if len(others) == 1:
        return [across[start : start + ACROSS] for start in range(0, len(across), ACROSS)]
    down = [
        dict(zip(others[1:], names, strict=True))
        for names in product(*(study.axes[axis] for axis in others[1:]))
    ]
    return [[column | row for column in across] for row in down]


def lines_of(study: Study, where: Levels) -> list[Line]:
    """Those of the panel `where`; a label has the same colour in all panels."""
    first = next(iter(study.axes))
    if study.only:
        some = variants(study)
        labels = list(dict.fromkeys(_rest(one, where) for one in some))
        there = [(_rest(one, where), one) for one in some if where.items() <= one.items()]
    else:
        labels = list(study.axes[first])
        there = [(level, where | {first: level}) for level in labels]
    return [
        Line(
            label,
            place,
            COLOURS[labels.index(label) % len(COLOURS)],
            STYLES[labels.index(label) // len(COLOURS) % len(STYLES)],
        )
        for label, place in there
    ]


def _rest(place: Levels, where: Levels) -> str:
    return ", ".join(
        level if i == 0 else f"{axis} {level}"
        for i, (axis, level) in enumerate(place.items())
        if axis not in where
    )


def panels(
    study: Study,
    grid: list[list[Levels]],
    height: float,
    of_line: float,
    share_x: bool,
    share_y: Literal["all", "row"] = "all",
) -> tuple[Figure, list[tuple[Levels, Axes]]]:
    """A panel for each place of `grid`, `height` inches high and `of_line` more for each line.

    Rows may be of different lengths. With a common scale, or one a row, unless the study names its
    places: they may measure different things.
    """
    heights = [height + of_line * max(len(lines_of(study, w)) for w in row) for row in grid]
    across = max(map(len, grid))
    width = 6.5 if study.only else max(5.0, 2.6 * across)
    figure = Figure(figsize=(width, sum(heights)), layout="constrained")
    axes = figure.subplots(
        len(grid),
        across,
        squeeze=False,
        sharex=share_x and not study.only,
        sharey="none" if study.only else share_y,
        height_ratios=heights,
    )
    found = [(where, axes[i, j]) for i, row in enumerate(grid) for j, where in enumerate(row)]
    for i, row in enumerate(grid):
        for j, spare in enumerate(axes[i, len(row) :], len(row)):
            spare.remove()
            # Those of a shared scale are on the lowest panel of a column.
            axes[i - 1, j].tick_params(labelbottom=True)
    for where, one in found:
        one.set_title(format_levels(where, "\n"), fontsize=8, color=INK)
        one.tick_params(labelsize=7)
    return figure, found


def hold_middles(axes: Axes) -> None:
    """Give the y axis a range that holds the middle nine tenths of each line's finite values.

    First epochs, and single ones far off, would flatten all the others. Lines of panels that share
    the axis count, too.
    """
    log = axes.get_yscale() == "log"
    ends = []
    sharing = axes.get_shared_y_axes().get_siblings(axes)
    for line in (line for one in sharing for line in one.get_lines()):
        values = np.asarray(line.get_ydata(), dtype=float)
        shown = values[np.isfinite(values) & ((values > 0) | (not log))]
        if len(shown):
            ends += np.quantile(shown, [0.05, 0.95]).tolist()
    # A single epoch has no span.
    if ends and min(ends) < max(ends):
        scale = axes.yaxis.get_transform()
        low, high = scale.transform([min(ends), max(ends)])
        margin = 0.1 * (high - low)
        axes.set_ylim(*scale.inverted().transform([low - margin, high + margin]))


def legend_above(figure: Figure, some: Sequence[Axes]) -> None:
    """One legend for the lines of all panels, each label once; the figure grows by its height."""
    found = {line.get_label(): line for axes in some for line in axes.get_lines()}
    # Names that begin so are matplotlib's own, of lines that nobody has named.
    found = {label: line for label, line in found.items() if not label.startswith("_")}
    if found:
        columns = min(6, len(found)) if max(map(len, found)) < 20 else 2
        figure.set_figheight(figure.get_figheight() + 0.16 * -(-len(found) // columns))
        figure.legend(
            list(found.values()),
            list(found),
            loc="outside upper center",
            ncols=columns,
            fontsize=7,
            frameon=False,
        )
