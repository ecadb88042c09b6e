"""Norms of gradients, updates and activations in all layers over the course of a training."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from aebench.core.files import Row
from aebench.plots.labels import short_labels
from aebench.plots.style import INK, LIGHT, panel_grid

TITLES = {
    "gradient_norm": "norm of the gradient",
    "update_norm": "norm of the update",
    "activation_rms": "root mean square of the output",
}
# Of gradients' norms, as powers of ten.
GRADIENT_RANGE = (-4, 3)


def heat_maps(rows: Sequence[Row]) -> Figure:
    """Layer x update, a map for each of TITLES.

    Layers are in the order of the forward pass, from top to bottom.
    """
    layers = list(dict.fromkeys(row["layer"] for row in rows))
    names = short_labels(layers, "layer")
    updates = list(dict.fromkeys(row["update"] for row in rows))
    figure = Figure(figsize=(8, len(TITLES) * (0.9 + 0.24 * len(layers))), layout="constrained")
    panels = figure.subplots(len(TITLES), 1, sharex=True)
    # Each measurement stands for the updates up to the next one.
    every = updates[1] - updates[0] if len(updates) > 1 else 1
    extent = (updates[0], updates[-1] + every, len(layers) - 0.5, -0.5)
    for axes, (column, title) in zip(panels, TITLES.items(), strict=True):
        table = log10_table(rows, column, len(layers))
        shown = heat_map(axes, table, extent, interpolation="nearest")
        axes.set_yticks(range(len(layers)), [names[layer] for layer in layers], fontsize=8)
        axes.tick_params(axis="x", labelsize=8)
        axes.set_title(title, fontsize=9, loc="left")
        bar = figure.colorbar(shown, ax=axes, pad=0.01)
        bar.ax.tick_params(labelsize=8)
        bar.set_label("log10", fontsize=8)
    panels[-1].set_xlabel("update", fontsize=9)
    return figure


def gradient_maps(measured: Mapping[str, Sequence[Row] | None]) -> Figure:
    """The gradient's norm, layer x update, a panel for each title, empty if there are no rows."""
    across = 4
    figure, panels = panel_grid(len(measured), across, 2.9, 2.3)
    for axes, (title, rows) in zip(panels, measured.items(), strict=True):
        axes.set_title(title, fontsize=8, color=INK)
        if rows is None:
            axes.set_axis_off()
            continue
        layers = len({row["layer"] for row in rows})
        table = log10_table(rows, "gradient_norm", layers)
        extent = (rows[0]["update"], rows[-1]["update"], layers + 0.5, 0.5)
        heat_map(axes, table, extent, GRADIENT_RANGE)
        axes.tick_params(labelsize=7)
    scale = ScalarMappable(Normalize(*GRADIENT_RANGE), "viridis")
    label = "log10 of the gradient's norm"
    figure.colorbar(scale, ax=figure.axes, label=label, shrink=0.6, extend="both")
    figure.supxlabel("update", fontsize=9, color=INK)
    figure.supylabel("layer, in the order of the forward pass", fontsize=9, color=INK)
    return figure


def heat_map(
    axes: Axes,
    table: np.ndarray,
    extent: tuple[float, float, float, float],
    limits: tuple[float, float] | tuple[None, None] = (None, None),
    interpolation: str | None = None,
) -> AxesImage:
    """A table as colours, grey where it is NaN; `extent`: left, right, bottom, top."""
    axes.set_facecolor(LIGHT)
    low, high = limits
    return axes.imshow(
        table,
        aspect="auto",
        interpolation=interpolation,
        cmap="viridis",
        vmin=low,
        vmax=high,
        extent=extent,
    )


def log10_table(rows: Sequence[Row], column: str, layers: int) -> np.ndarray:
    """log10 of a column, layers x updates; NaN where it is 0 or not finite."""
    values = np.array([row[column] for row in rows]).reshape(-1, layers).T
    usable = np.isfinite(values) & (values > 0)
    return np.log10(values, out=np.full(values.shape, np.nan), where=usable)
