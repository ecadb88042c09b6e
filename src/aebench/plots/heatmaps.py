"""Where gradients vanish or explode: the norms of all layers, over depth and time."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from aebench.plots.figures import LIGHT

TITLES = {
    "gradient_norm": "norm of the gradient",
    "update_norm": "norm of the update",
    "activation_rms": "root mean square of the output",
}


def heat_maps(rows: Sequence[dict[str, Any]]) -> Figure:
    """Layer x update, one map a measure; the colour is log10, grey where there is no such number.

    Layers stand in the order of the forward pass, from top to bottom.
    """
    layers = list(dict.fromkeys(row["layer"] for row in rows))
    updates = list(dict.fromkeys(row["update"] for row in rows))
    figure = Figure(figsize=(8, len(TITLES) * (0.9 + 0.24 * len(layers))), layout="constrained")
    panels = figure.subplots(len(TITLES), 1, sharex=True)
    # Each measurement stands for the updates up to the next one.
    every = updates[1] - updates[0] if len(updates) > 1 else 1
    extent = (updates[0], updates[-1] + every, len(layers) - 0.5, -0.5)
    for axes, (measure, title) in zip(panels, TITLES.items(), strict=True):
        axes.set_facecolor(LIGHT)
        shown = axes.imshow(
            log10_table(rows, measure, len(layers)),
            aspect="auto",
            interpolation="nearest",
            extent=extent,
            cmap="viridis",
        )
        axes.set_yticks(range(len(layers)), layers, fontsize=8)
        axes.tick_params(axis="x", labelsize=8)
        axes.set_title(title, fontsize=9, loc="left")
        bar = figure.colorbar(shown, ax=axes, pad=0.01)
        bar.ax.tick_params(labelsize=8)
        bar.set_label("log10", fontsize=8)
    panels[-1].set_xlabel("update", fontsize=9)
    return figure


def log10_table(rows: Sequence[dict[str, Any]], measure: str, layers: int) -> np.ndarray:
    """log10 of a measure, layers x updates; NaN where it is 0 or not finite."""
    values = np.array([row[measure] for row in rows]).reshape(-1, layers).T
    usable = np.isfinite(values) & (values > 0)
    return np.log10(values, out=np.full(values.shape, np.nan), where=usable)
