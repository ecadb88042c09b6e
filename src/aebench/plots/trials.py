"""Trials of a search for settings: their losses over time, by epoch and by setting."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from aebench.plots.style import COLOURS, INK, log_scale, plain, tight

LOSS = "validation loss"
COLOUR_MAP = "viridis_r"
# How a trial ended -> its colour; one that came to its end has the first.
ENDS = {
    "to its end": COLOURS[0],
    "pruned": "#bbbbbb",
    "diverged": COLOURS[2],
    "out of memory": COLOURS[3],
    "failed": COLOURS[4],
}
# Height of a tick, and its label.
Ticks = list[tuple[float, str]]
# Where lines of trials pass that do not have a setting, below all of its values.
ABSENT = -0.14


@dataclass(frozen=True)
class Setting:
    """A setting's value in each trial, NaN where a trial does not have it.

    Of choices, of which `choices` are the names, the values are the indices. `name` may have
    several lines.
    """

    name: str
    values: Sequence[float]
    low: float
    high: float
    log: bool = False
    choices: Sequence[str] = ()

    @property
    def there(self) -> np.ndarray:
        return np.isfinite(self.values)


def history(
    losses: Mapping[int, float], pruned: Mapping[int, float], diverged: Sequence[int]
) -> Figure:
    """Plot the loss of each trial by its number, and the lowest so far.

    `pruned`: the loss at the end that was made.
    """
    figure, axes = _axes()
    if pruned:
        x, y = list(pruned), list(pruned.values())
        axes.scatter(x, y, s=16, facecolors="none", edgecolors="#777777", label="pruned")
    axes.scatter(list(losses), list(losses.values()), s=18, color=COLOURS[0], label="finished")
    for number in diverged:
        label = "diverged" if number == diverged[0] else None
        axes.axvline(number, color=ENDS["diverged"], lw=0.8, label=label)
    best = np.minimum.accumulate(list(losses.values()))
    axes.step(list(losses), best, where="post", color=COLOURS[1], lw=1.2, label="lowest so far")
    axes.set(xlabel="trial", ylabel=LOSS)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    _log_if_wide(axes, [*losses.values(), *pruned.values()])
    axes.legend(frameon=False, fontsize=8)
    return figure


def parallel(settings: Sequence[Setting], losses: Sequence[float]) -> Figure:
    """Plot a line for each trial through its settings to its loss, dark where that is low.

    Where a trial does not have a setting its line passes below the values.
    """
    figure = Figure(figsize=(1.5 * len(settings) + 2, 4))
    axes = figure.subplots()
    order = np.argsort(losses)[::-1]
    ranks = np.empty(len(losses))
    ranks[order[::-1]] = np.linspace(0, 1, len(losses))
    colours = colormaps[COLOUR_MAP](1 - ranks)
    columns = [_column(setting) for setting in settings]
    columns.append(_scaled(losses, _wide(losses), min(losses), max(losses)))
    for i in order:
        heights = [values[i] for values, _ in columns]
        axes.plot(range(len(heights)), heights, color=colours[i], lw=1.0, marker=".", ms=3)
    for x, (_, labels) in enumerate(columns):
        axes.plot([x, x], [0, 1], color=INK, lw=0.6)
        for height, text in labels:
            axes.annotate(
                text,
                (x, height),
                xytext=(4, 0),
                textcoords="offset points",
                fontsize=6.5,
                va="center",
                color=INK,
                # Many lines meet at a choice.
                bbox={"facecolor": "white", "alpha": 0.85, "edgecolor": "none", "pad": 0.8},
                zorder=4,
            )
    names = [*(setting.name for setting in settings), LOSS.replace(" ", "\n")]
    axes.set_xticks(range(len(names)), names, fontsize=7)
    axes.set_yticks([])
    axes.spines[:].set_visible(False)
    return figure


def slices(settings: Sequence[Setting], losses: Sequence[float], numbers: Sequence[int]) -> Figure:
    """Plot the loss against each setting, in a panel of its own; `numbers` are the trials'."""
    columns = min(4, len(settings))
    rows = -(-len(settings) // columns)
    # One for all panels, of which some may have the late trials alone.
    shade = Normalize(min(numbers), max(numbers))
    figure = Figure(figsize=(2.6 * columns, 2.4 * rows))
    grid = figure.subplots(rows, columns, squeeze=False, sharey=True)
    for axes in grid.flat[len(settings) :]:
        axes.set_axis_off()
    for setting, axes in zip(settings, grid.flat, strict=False):
        if setting.choices:
            axes.set_xticks(range(len(setting.choices)), setting.choices, fontsize=7, rotation=20)
        else:
            # The whole range, though few trials are far from the best.
            axes.set_xlim(setting.low, setting.high)
            if setting.log:
                log_scale(axes.xaxis)
            else:
                axes.locator_params("x", nbins=3)
        x, y, order = (np.array(part)[setting.there] for part in (setting.values, losses, numbers))
        axes.scatter(x, y, c=order, cmap=COLOUR_MAP, norm=shade, s=14, clip_on=False)
        axes.set_xlabel(setting.name, fontsize=7)
        axes.tick_params(labelsize=6)
        plain(axes)
    _log_if_wide(grid[0, 0], losses)
    figure.supylabel(f"{LOSS}; dark dots: late trials", fontsize=8)
    tight(figure)
    return figure


def shares(of_variance: Mapping[str, float], without: Sequence[str]) -> Figure:
    """Plot shares of the loss's variance as bars, the largest on top.

    `without`: names of the settings whose share is not known, since some trials lack them.
    """
    figure = Figure(figsize=(5, 0.3 * (len(of_variance) + len(without)) + 0.8))
    axes = figure.subplots()
    names = sorted(of_variance, key=lambda name: of_variance[name])
    places = range(len(without), len(without) + len(names))
    axes.barh(places, [of_variance[name] for name in names], color=COLOURS[0])
    for i in range(len(without)):
        axes.text(0, i, " not every trial has it", fontsize=7, va="center", color="#777777")
    axes.set_yticks(range(len(without) + len(names)), [*reversed(without), *names])
    axes.set_xlabel(f"share of the variance of the {LOSS}")
    axes.set_ylim(-0.6, len(without) + len(names) - 0.4)
    axes.tick_params(labelsize=7)
    plain(axes)
    axes.grid(visible=False, axis="y")
    return figure


def by_epoch(trials: Sequence[tuple[str, Mapping[int, float]]], best: int | None) -> Figure:
    """Plot each trial's loss by epoch: how it ended, one of ENDS, and the losses.

    Lines of trials that did not come to their end finish in a cross; that at the index `best`, if
    any, stands out.
    """
    figure, axes = _axes()
    labelled = set()
    for i, (end, losses) in enumerate(trials):
        name, colour, width = end, ENDS[end], 0.8
        if i == best:
            name, colour, width = "the best", COLOURS[1], 2.0
        label = None if name in labelled else name
        labelled.add(name)
        (line,) = axes.plot(list(losses), list(losses.values()), color=colour, lw=width)
        line.set(label=label, zorder=3 if i == best else 2)
        if end != "to its end":
            cross = "#777777" if end == "pruned" else ENDS[end]
            epoch = max(losses)
            axes.plot(epoch, losses[epoch], "x", color=cross, ms=4)
    axes.set(xlabel="epoch", ylabel=LOSS)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    _log_if_wide(axes, [loss for _, losses in trials for loss in losses.values()])
    axes.legend(frameon=False, fontsize=8)
    return figure


def pareto(sizes: Sequence[float], losses: Sequence[float]) -> Figure:
    """Plot the loss against the number of parameters, and the Pareto front."""
    figure, axes = _axes()
    axes.scatter(sizes, losses, s=16, color="#999999", label="trial")
    front: list[tuple[float, float]] = []
    for size, loss in sorted(zip(sizes, losses, strict=True)):
        if not front or loss < front[-1][1]:
            front.append((size, loss))
    x, y = zip(*front, strict=True)
    axes.step(x, y, where="post", color=COLOURS[1], lw=1.2)
    axes.scatter(x, y, s=22, color=COLOURS[1], label="front")
    axes.set(xlabel="parameters", ylabel=LOSS, xscale="log")
    axes.legend(frameon=False, fontsize=8)
    return figure


def _axes() -> tuple[Figure, Axes]:
    figure = Figure(figsize=(7, 3.6))
    axes = figure.subplots()
    plain(axes)
    return figure, axes


def _column(setting: Setting) -> tuple[np.ndarray, Ticks]:
    """The trials' heights in [0, 1], or ABSENT, and the ticks."""
    if setting.choices:
        count = max(1, len(setting.choices) - 1)
        heights = np.array(setting.values) / count
        ticks = [(i / count, choice) for i, choice in enumerate(setting.choices)]
    else:
        heights, ticks = _scaled(setting.values, setting.log, setting.low, setting.high)
    if not setting.there.all():
        ticks.append((ABSENT, "none"))
    return np.where(setting.there, heights, ABSENT), ticks


def _scaled(
    values: Sequence[float], log: bool, low: float, high: float
) -> tuple[np.ndarray, Ticks]:
    """Scale values to heights in [0, 1] between `low` and `high`."""
    scale: Callable[[float], float] = math.log if log else float
    span = scale(high) - scale(low) or 1.0
    heights = [(scale(value) - scale(low)) / span for value in values]
    return np.array(heights), [(0.0, f"{low:.4g}"), (1.0, f"{high:.4g}")]


def _wide(values: Sequence[float]) -> bool:
    return min(values) > 0 and max(values) > 3 * min(values)


def _log_if_wide(axes: Axes, values: Sequence[float]) -> None:
    if _wide(values):
        log_scale(axes.yaxis)
