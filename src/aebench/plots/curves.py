"""Losses over the course of trainings, and values with their range over seeds."""

from collections.abc import Mapping, Sequence
from statistics import mean
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from aebench.plots.style import COLOURS, log_if_positive, plain, tight
from aebench.training.runs import Run

# Names of reconstruction losses, for axes and text.
LOSSES = {"sse": "squared error", "bce": "cross-entropy"}


def curves(
    groups: Mapping[str, Sequence[Run]], loss: str, before: Mapping[str, int] | None = None
) -> Figure:
    """Training (dashed) and validation loss against updates; a colour a group, a line a run.

    `loss`: its name on the axis. `before`: the updates of a group's pretraining, which its lines
    come after.
    """
    figure = Figure(figsize=(7, 3.6))
    axes = figure.subplots()
    for colour, (name, runs) in zip(COLOURS, groups.items(), strict=False):
        for i, run in enumerate(runs):
            rows = run.history
            updates = [(before or {}).get(name, 0) + row["updates"] for row in rows]
            for part, style in (("train", "--"), ("validation", "-")):
                values = [row[f"{part}_loss"] for row in rows]
                label = f"{name} {part}".strip() if i == 0 else None
                axes.plot(updates, values, style, color=colour, lw=1.2, label=label)
    axes.set_xlabel("updates, those of pretraining included" if before else "updates")
    axes.set_ylabel(f"{loss} an image")
    log_if_positive(axes)
    plain(axes)
    axes.legend(frameon=False, fontsize=8)
    return figure


def layers(runs: Mapping[int, Sequence[Run]]) -> Figure:
    """Left, the loss while each layer trains; right, the whole net's error after each layer."""
    figure = Figure(figsize=(9, 3.2))
    left, right = figure.subplots(1, 2)
    for colour, (depth, layer) in zip(COLOURS, runs.items(), strict=False):
        for i, run in enumerate(layer):
            rows = run.history
            # Each layer reconstructs another layer's codes, so each has a scale of its own.
            values = np.array([row["validation_loss"] for row in rows]) / rows[0]["validation_loss"]
            label = f"layer {depth}" if i == 0 else None
            left.plot([row["epoch"] for row in rows], values, color=colour, lw=1.2, label=label)
    left.set(xlabel="epoch", ylabel="validation loss / that of epoch 1")
    left.xaxis.set_major_locator(MaxNLocator(integer=True))
    left.legend(frameon=False, fontsize=8)
    depths = list(runs)
    for part, style in (("train", "--"), ("validation", "-")):
        means = [np.mean([r.metrics[part]["sse_per_image"] for r in runs[d]]) for d in depths]
        right.plot(depths, means, style, color=COLOURS[0], marker="o", ms=4, label=part)
    right.set(xlabel="layers", ylabel="squared error an image", xticks=depths)
    right.legend(frameon=False, fontsize=8)
    for axes in (left, right):
        plain(axes)
    tight(figure)
    return figure


def mean_and_range(
    axes: Axes,
    x: Sequence[float],
    values: Sequence[Sequence[float]],
    style: str,
    colour: str,
    **look: Any,
) -> None:
    """A line through the means of `values` at each x, their range shaded.

    `values[i]`: those of all seeds at `x[i]`; `look`: options of `Axes.plot`, the label among them.
    """
    axes.plot(x, [mean(seeds) for seeds in values], style, color=colour, **look)
    low, high = [min(seeds) for seeds in values], [max(seeds) for seeds in values]
    axes.fill_between(x, low, high, color=colour, alpha=0.15)
