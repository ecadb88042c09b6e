"""The panels of a study's line pictures: which places have one, and the lines within it."""

from collections.abc import Collection
from dataclasses import dataclass
from itertools import chain, product
from typing import Literal

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from aebench.experiments.cell import Levels, format_levels
from aebench.plots.style import INK, colour_and_style, ragged_grid
from aebench.studies.config import Study
from aebench.studies.grid import variants

# Panels beside each other, before a single row is broken into several.
ACROSS = 5


@dataclass(frozen=True)
class Line:
    """A line of a panel: the cells at `place`."""

    label: str
    place: Levels
    colour: str
    style: str


def places(study: Study) -> list[list[Levels]]:
    """The places of the panels, row by row: the product of all axes but the first.

    The second axis runs across; with two axes, a long row is broken into several, and the last one
    may be shorter. A study with `only` has a panel for each level of its last axis: few of the
    others would have two lines.
    """
    if study.only and len(study.axes) > 1:
        last = list(study.axes)[-1]
        used = {place[last] for place in variants(study)}
        return [[{last: level}] for level in study.axes[last] if level in used]
    others = list(study.axes)[1:]
    across = [{others[0]: level} for level in study.axes[others[0]]] if others else [{}]
    if len(others) == 1:
        return [across[start : start + ACROSS] for start in range(0, len(across), ACROSS)]
    down = [
        dict(zip(others[1:], names, strict=True))
        for names in product(*(study.axes[axis] for axis in others[1:]))
    ]
    return [[column | row for column in across] for row in down]


def lines_of(study: Study, panel: Levels) -> list[Line]:
    """The lines of a panel; a label has the same colour in all panels."""
    if study.only:
        grid = variants(study)
        labels = list(dict.fromkeys(_label(place, panel) for place in grid))
        shown = [(_label(place, panel), place) for place in grid if panel.items() <= place.items()]
    else:
        first = next(iter(study.axes))
        labels = list(study.axes[first])
        shown = [(level, panel | {first: level}) for level in labels]
    return [Line(label, place, *colour_and_style(labels.index(label))) for label, place in shown]


def _label(place: Levels, panel: Levels) -> str:
    """The levels in which a line differs from its panel."""
    return ", ".join(
        level if i == 0 else f"{axis} {level}"
        for i, (axis, level) in enumerate(place.items())
        if axis not in panel
    )


@dataclass(frozen=True)
class Panel:
    """The axes of a place, and the lines to draw on them."""

    place: Levels
    axes: Axes
    lines: list[Line]


def panels(
    study: Study,
    grid: list[list[Levels]],
    height: float,
    of_line: float = 0.0,
    share_x: bool = False,
    share_y: Literal["all", "row"] = "all",
    labels: Collection[str] | None = None,
    beside: float = 0.0,
) -> tuple[Figure, list[Panel]]:
    """A panel for each place of `grid`, `height` inches high and `of_line` more for each line.

    Rows may be of different lengths. Panels share their scales, unless the study has `only`: then
    they may show different things. All are `beside` inches wider, for what stands left of them.
    `labels`: those of the lines that are shown, if not of all; a
    panel without any is left out.
    """
    rows = [
        [
            (place, lines)
            for place in row
            if (lines := [line for line in lines_of(study, place) if _is_in(line, labels)])
        ]
        for row in grid
    ]
    rows = [row for row in rows if row]
    figure, axes = ragged_grid(
        lengths=[len(row) for row in rows],
        heights=[height + of_line * max(len(lines) for _, lines in row) for row in rows],
        width=beside + (6.5 if study.only else max(5.0, 2.6 * max(map(len, rows)))),
        share_x=share_x and not study.only,
        share_y="none" if study.only else share_y,
    )
    found = [
        Panel(place, one, lines) for (place, lines), one in zip(chain(*rows), axes, strict=True)
    ]
    for panel in found:
        panel.axes.set_title(format_levels(panel.place, "\n"), fontsize=8, color=INK)
        panel.axes.tick_params(labelsize=7)
    return figure, found


def _is_in(line: Line, labels: Collection[str] | None) -> bool:
    return labels is None or line.label in labels
