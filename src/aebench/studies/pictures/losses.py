"""Losses of a study's trainings: their curves, by the size of the code, and their gradients."""

from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from statistics import mean, median

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from aebench.data.pca import PcaCodec
from aebench.experiments.cell import Levels, format_levels
from aebench.experiments.outcome import Outcome
from aebench.metrics.linear_floor import clipped_error
from aebench.plots.curves import mean_and_range
from aebench.plots.heatmaps import gradient_maps
from aebench.plots.style import (
    COLOURS,
    INK,
    LIGHT,
    hold_middles,
    legend_above,
    log_if_positive,
    panel_grid,
    save_figure,
)
from aebench.studies.pictures.panels import ACROSS, Line, lines_of, panels, places
from aebench.studies.pictures.results import Results
from aebench.studies.table import evaluations

# Of losses: squared error, or cross-entropy and the bounds on a likelihood.
UNITS = ("squared error an image", "nats an image")

# Beside a training so many times as long as most, theirs would be a stroke at the edge.
UNEVEN = 4


def curves(results: Results, path: Path) -> None:
    """Validation loss of the last training against its gradient evaluations, mean over seeds.

    Losses of different units have panels of their own. Where there are more lines than colours,
    each has a panel, with the others in grey.
    """
    rows = [(unit, row) for unit in UNITS for row in _trained_places(results, unit)]
    if not rows:
        return
    groups = [
        _Group(unit, place, lines)
        for unit, row in rows
        for place in row
        if (lines := _drawn(results, place, unit))
    ]
    if max(len(group.lines) for group in groups) > len(COLOURS):
        figure = _a_panel_each(groups)
    else:
        figure = _together(results, [row for _, row in rows], groups)
    figure.supxlabel("gradient evaluations", fontsize=9, color=INK)
    save_figure(figure, path)


# A line of a panel, the evaluations up to the end of each epoch, and the losses of all seeds then.
Drawn = tuple[Line, list[float], list[list[float]]]


@dataclass(frozen=True)
class _Group:
    """The lines at a place whose losses have the same unit."""

    unit: str
    place: Levels
    lines: list[Drawn]


def _drawn(results: Results, place: Levels, unit: str) -> list[Drawn]:
    drawn = []
    for line in lines_of(results.study, place):
        outcomes = _trained(results, line.place, unit)
        if not outcomes:
            continue
        histories = [outcome.trained[-1].history for outcome in outcomes]
        # Trainings that stopped early end sooner: the mean is over the epochs that all have.
        epochs = list(zip(*histories, strict=False))
        x = [mean(spent) for spent in zip(*map(_spent, outcomes), strict=False)]
        drawn.append((line, x, [[row["validation_loss"] for row in epoch] for epoch in epochs]))
    return drawn


def _together(results: Results, rows: list[list[Levels]], groups: list[_Group]) -> Figure:
    """A panel a group, as in the study's other pictures."""
    one_unit = len({group.unit for group in groups}) == 1
    figure, grid = panels(results.study, rows, height=2.4, share_y="all" if one_unit else "row")
    for group, panel in zip(groups, grid, strict=True):
        axes = panel.axes
        spec = axes.get_subplotspec()
        if spec and spec.is_first_col():
            axes.set_ylabel(f"validation loss,\n{group.unit}", fontsize=8, color=INK)
        for line, x, losses in group.lines:
            look = {"label": line.label, "linewidth": 1.2}
            mean_and_range(axes, x, losses, line.style, line.colour, **look)
        _finish(axes)
    legend_above(figure, [panel.axes for panel in grid])
    return figure


def _a_panel_each(groups: list[_Group]) -> Figure:
    """A panel a line, the others of its group behind it."""
    count = sum(len(group.lines) for group in groups)
    figure, grid = panel_grid(count, ACROSS, width=2.2, height=1.8, share=True)
    places = iter(grid)
    for group in groups:
        for line, x, losses in group.lines:
            axes = next(places)
            for _, other_x, other in group.lines:
                axes.plot(other_x, list(map(mean, other)), color=LIGHT, linewidth=0.8)
            mean_and_range(axes, x, losses, "-", COLOURS[0], linewidth=1.4)
            where = format_levels(group.place)
            axes.set_title("\n".join(filter(None, (line.label, where))), fontsize=8, color=INK)
            axes.tick_params(labelsize=7)
    ends = [x[-1] for group in groups for _, x, _ in group.lines]
    uneven = max(ends) > UNEVEN * median(ends)
    for axes in grid:
        _finish(axes)
        if uneven:
            axes.set_xscale("log")
    units = " or ".join(dict.fromkeys(group.unit for group in groups))
    figure.supylabel(f"validation loss, {units}", fontsize=9, color=INK)
    return figure


def _finish(axes: Axes) -> None:
    log_if_positive(axes)
    hold_middles(axes)
    axes.grid(color=LIGHT, linewidth=0.6)


def _trained_places(results: Results, unit: str) -> list[list[Levels]]:
    rows = [
        [place for place in row if _trained(results, place, unit)] for row in places(results.study)
    ]
    return [row for row in rows if row]


def _trained(results: Results, place: Levels, unit: str) -> list[Outcome]:
    """The finished trainings at `place` whose loss has this unit."""
    return [
        outcome for outcome in results.finished(place) if outcome.runs and _unit(outcome) == unit
    ]


def _unit(outcome: Outcome) -> str:
    squared, nats = UNITS
    return squared if getattr(outcome.trained[-1].spec.objective, "loss", None) == "sse" else nats


def _spent(outcome: Outcome) -> list[int]:
    """Gradient evaluations up to the end of each epoch of the last training, pretraining too."""
    *earlier, final = outcome.trained
    before = sum(evaluations(outcome, run) for run in earlier)
    return [before + evaluations(outcome, final, row) for row in final.history]


def gradients(results: Results, path: Path) -> None:
    """The gradient's norm in each layer over the training: a panel a level of the first axis.

    At the last levels of the other axes (the greatest depth), of the first seed with diagnostics.
    """
    first, *others = results.study.axes.items()
    axis, levels = first
    last = {name: list(others)[-1] for name, others in others}
    measured = {}
    for level in levels:
        place = last | {axis: level}
        outcomes = [o for o in results.outcomes if place.items() <= o.cell.levels.items()]
        runs = (outcome.trained[-1] for outcome in outcomes if outcome.runs)
        measured[level] = next((rows for run in runs if (rows := run.diagnostics)), None)
    save_figure(gradient_maps(measured), path)


def code_sizes(results: Results, path: Path) -> None:
    """Test error against the size of the code, a line a level of the first axis; PCA dotted."""
    first, second = list(results.study.axes)[:2]
    figure = Figure(figsize=(5.6, 3.8), layout="constrained")
    axes = figure.subplots()
    sizes = [int(level) for level in results.study.axes[second]]
    for level, colour in zip(results.study.axes[first], cycle(COLOURS), strict=False):
        errors = {
            size: results.values_at({first: level, second: str(size)}, "test_sse_per_image")
            for size in sizes
        }
        errors = {size: values for size, values in errors.items() if values}
        look = {"label": level, "markersize": 4}
        mean_and_range(axes, list(errors), list(errors.values()), "-o", colour, **look)
    images, test = (results.prepared.part(part)[0] for part in ("train", "test"))
    linear = [clipped_error(PcaCodec(images, size), test) for size in sizes]
    axes.plot(sizes, linear, ":o", color=INK, label="PCA", markersize=4)
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    axes.set_xticks(sizes, [str(size) for size in sizes])
    axes.set_xlabel("numbers in the code", fontsize=9)
    axes.set_ylabel("squared error an image, test", fontsize=9)
    axes.grid(color=LIGHT, linewidth=0.6)
    axes.legend(fontsize=8, frameon=False)
    save_figure(figure, path)
