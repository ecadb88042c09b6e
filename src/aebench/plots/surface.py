"""Paths of optimizers over a plane of a loss: a still and an animation."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from aebench.core.files import atomic_write
from aebench.plots.style import COLOURS, INK


@dataclass(frozen=True)
class Descents:
    """The loss at all pairs of `ticks`, and the points of each optimizer, (steps + 1) x 2."""

    ticks: np.ndarray
    losses: np.ndarray
    lines: Mapping[str, np.ndarray]


def still(descents: Descents) -> Figure:
    """The whole paths."""
    figure, lines = _surface(descents)
    for line, points in zip(lines, descents.lines.values(), strict=True):
        line.set_data(*points.T)
    return figure


def animate(descents: Descents, path: Path) -> None:
    """Write the paths, step by step, as a GIF."""
    from matplotlib.animation import FuncAnimation, PillowWriter
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    figure, lines = _surface(descents)
    FigureCanvasAgg(figure)
    frames = max(map(len, descents.lines.values()))

    def frame(step: int) -> list[Line2D]:
        for line, points in zip(lines, descents.lines.values(), strict=True):
            line.set_data(*points[: step + 1].T)
        return lines

    with atomic_write(path) as temporary:
        renamed = temporary.with_suffix(".gif")
        try:
            FuncAnimation(figure, frame, frames=frames).save(renamed, PillowWriter(fps=10), dpi=70)
            renamed.replace(temporary)
        finally:
            renamed.unlink(missing_ok=True)


def _surface(descents: Descents) -> tuple[Figure, list[Line2D]]:
    """The loss as contours, and an empty line for each optimizer."""
    figure = Figure(figsize=(6.4, 5.4), layout="constrained")
    axes = figure.subplots()
    ticks, losses = descents.ticks, descents.losses
    levels = np.geomspace(losses.min(), losses.max(), 24)
    axes.contourf(ticks, ticks, losses, levels=levels, cmap="Greys", alpha=0.7)
    axes.contour(ticks, ticks, losses, levels=levels, colors=INK, linewidths=0.3)
    # All paths have the same start.
    start = next(iter(descents.lines.values()))[0]
    axes.plot(*start, "*", color=INK, markersize=10)
    lines = [
        axes.plot([], [], "-o", color=colour, linewidth=1.4, markevery=[-1], label=name)[0]
        for name, colour in zip(descents.lines, COLOURS, strict=True)
    ]
    axes.set_xlim(ticks[0], ticks[-1])
    axes.set_ylim(ticks[0], ticks[-1])
    axes.set_xlabel("from the untrained net towards the trained one, at (0, 0)", fontsize=9)
    axes.set_ylabel("a random direction", fontsize=9)
    axes.legend(fontsize=8, loc="lower right")
    return figure, lines
