"""The look of all pictures: colours, axes, legends, grids of panels, and how a file is written."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis, YAxis
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.ticker import (
    FuncFormatter,
    LogFormatter,
    LogLocator,
    MaxNLocator,
    NullFormatter,
)

from aebench.core.files import atomic_write

INK, LIGHT = "#333333", "#dddddd"
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7f7f7f")
STYLES = ("-", "--", ":")


def save_figure(figure: Figure, path: Path) -> None:
    """Write a PNG without date and version: the same figure gives the same bytes.

    A dollar in a text is a dollar; only the powers beside a logarithmic axis are mathematics.
    """
    _without_mathematics(figure)
    with atomic_write(path) as temporary:
        figure.savefig(
            temporary, format="png", dpi=110, bbox_inches="tight", metadata={"Software": None}
        )


def tight(figure: Figure) -> None:
    """Lay out the panels so that no text covers another."""
    _without_mathematics(figure)
    figure.tight_layout()


def _without_mathematics(figure: Figure) -> None:
    numbers: set[Text] = set()
    for panel in figure.findobj(Axes):
        for axis in (panel.xaxis, panel.yaxis):
            # This also makes the ticks of given labels, which otherwise come with the drawing.
            major = axis.get_major_formatter(), axis.get_major_ticks()
            minor = axis.get_minor_formatter(), axis.get_minor_ticks()
            for formatter, ticks in (major, minor):
                if isinstance(formatter, LogFormatter):
                    numbers.update(text for tick in ticks for text in tick.findobj(Text))
    for text in set(figure.findobj(Text)) - numbers:
        text.set_parse_math(False)


def colour_and_style(index: int) -> tuple[str, str]:
    """The look of line number `index`: all colours solid, then dashed, then dotted."""
    return COLOURS[index % len(COLOURS)], STYLES[index // len(COLOURS) % len(STYLES)]


def plain(axes: Axes) -> None:
    """Remove the box around a chart and put a light grid behind it."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(color=LIGHT, lw=0.6)
    axes.set_axisbelow(True)


def log_scale(axis: Axis) -> None:
    """Make an axis logarithmic, with plain numbers as labels, as many as there is room for."""
    axes = axis.axes
    (axes.set_xscale if axis is axes.xaxis else axes.set_yscale)("log")
    axis.set_major_locator(_Decades())
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())


def log_if_positive(axes: Axes) -> None:
    """Make the y axis logarithmic, unless there are values of 0 or less: a density's nll may be."""
    if axes.dataLim.y0 > 0:
        log_scale(axes.yaxis)


class _Decades(LogLocator):
    """Ticks at 1, 2 and 5 of each decade: fewer over many, more over one, equally spaced within."""

    def tick_values(self, vmin: float, vmax: float) -> Any:
        if vmax < 4 * vmin:
            return MaxNLocator(self._most(), steps=(1, 2, 2.5, 5, 10)).tick_values(vmin, vmax)
        few = (1, 2, 5) if vmax < 200 * vmin else (1, 3) if vmax < 2000 * vmin else (1,)
        many = (1, 1.5, 2, 3, 4, 6, 8) if isinstance(self.axis, YAxis) else (1, 2, 3, 4, 6, 8)
        self.set_params(subs=many if vmax < 10 * vmin else few)
        return super().tick_values(vmin, vmax)

    def _most(self) -> int:
        """Intervals of equal ticks; numbers beside each other need more room than one above one."""
        assert isinstance(self.axis, Axis)
        return min(8, self.axis.get_tick_space()) if isinstance(self.axis, YAxis) else 5


def panel_grid(
    count: int, across: int, width: float, height: float, margin: float = 0.0, share: bool = False
) -> tuple[Figure, list[Axes]]:
    """`count` panels in rows of `across`, each `width` x `height` inches; the last may be short.

    `share`: all panels have the same scales.
    """
    down = -(-count // across)
    figure = Figure(figsize=(width * across + margin, height * down + margin), layout="constrained")
    grid = figure.subplots(down, across, squeeze=False, sharex=share, sharey=share)
    for axes in grid.flat[count:]:
        axes.set_axis_off()
    return figure, list(grid.flat[:count])


def ragged_grid(
    lengths: Sequence[int],
    heights: Sequence[float],
    width: float,
    share_x: bool,
    share_y: Literal["none", "all", "row"],
) -> tuple[Figure, list[Axes]]:
    """Rows of panels, `lengths[i]` in row i, which is `heights[i]` inches high; row after row."""
    across = max(lengths)
    figure = Figure(figsize=(width, sum(heights)), layout="constrained")
    grid = figure.subplots(
        len(lengths), across, squeeze=False, sharex=share_x, sharey=share_y, height_ratios=heights
    )
    for i, length in enumerate(lengths):
        for j in range(length, across):
            grid[i, j].remove()
            # With a shared scale only the lowest panel of a column has labels.
            grid[i - 1, j].tick_params(labelbottom=True)
    return figure, [grid[i, j] for i, length in enumerate(lengths) for j in range(length)]


def hold_middles(axes: Axes) -> None:
    """Limit the y axis to the middle nine tenths of each line's finite values.

    First epochs and outliers would flatten everything else. The lines of panels that share the axis
    count, too.
    """
    log = axes.get_yscale() == "log"
    ends: list[float] = []
    sharing = axes.get_shared_y_axes().get_siblings(axes)
    for line in (line for panel in sharing for line in panel.get_lines()):
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


def labelled_lines(panels: Sequence[Axes]) -> dict[str, Line2D]:
    """The lines of all panels by their label, the last one of each."""
    lines = {str(line.get_label()): line for axes in panels for line in axes.get_lines()}
    # matplotlib labels lines without a label so.
    return {label: line for label, line in lines.items() if not label.startswith("_")}


def legend_above(figure: Figure, panels: Sequence[Axes]) -> None:
    """Add one legend for the lines of all panels; the figure grows by its height."""
    lines = labelled_lines(panels)
    if lines:
        columns = min(6, len(lines)) if max(map(len, lines)) < 20 else 2
        figure.set_figheight(figure.get_figheight() + 0.16 * -(-len(lines) // columns))
        figure.legend(
            handles=list(lines.values()),
            labels=list(lines),
            loc="outside upper center",
            ncols=columns,
            fontsize=7,
            frameon=False,
        )
