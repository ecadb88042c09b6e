"""Pictures. Each function gives a matplotlib Figure; `save_figure` writes it, the same bytes each
time."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter
from torch import nn

from aebench.core.files import atomic_write
from aebench.data.pixels import to_float
from aebench.data.scaling import to_unit_range
from aebench.training.runs import Run

LOSSES = {"sse": "squared error", "bce": "cross-entropy"}
INK, LIGHT = "#333333", "#dddddd"
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7f7f7f")


def save_figure(figure: Figure, path: Path) -> None:
    """Write a PNG without date or version in it."""
    with atomic_write(path) as temporary:
        figure.savefig(
            temporary, format="png", dpi=110, bbox_inches="tight", metadata={"Software": None}
        )


def show(axes: Axes, image: np.ndarray) -> None:
    """One image, C x H x W, uint8 or float in [0, 1], black on white."""
    pixels = to_unit_range(image)
    if len(pixels) == 1:
        axes.imshow(pixels[0], cmap="gray_r", vmin=0, vmax=1)
    else:
        axes.imshow(np.moveaxis(pixels, 0, -1).clip(0, 1))
    axes.set_axis_off()


def image_rows(
    rows: Sequence[np.ndarray],
    names: Sequence[str] = (),
    captions: Sequence[Sequence[str]] = (),
    size: float = 0.7,
) -> Figure:
    """Images in rows (each N x C x H x W), a name left of each row, a caption below each image."""
    columns = max(len(row) for row in rows)
    height = size * (1.35 if captions else 1.0)
    figure = Figure(figsize=(size * columns, height * len(rows)))
    grid = figure.subplots(len(rows), columns, squeeze=False)
    for axes in grid.flat:
        axes.set_axis_off()
    for i, row in enumerate(rows):
        for j, image in enumerate(row):
            show(grid[i, j], image)
            if captions:
                grid[i, j].set_title(captions[i][j], fontsize=7, color=INK, y=-0.28)
        if names:
            grid[i, 0].text(
                -0.2,
                0.5,
                names[i],
                transform=grid[i, 0].transAxes,
                ha="right",
                va="center",
                fontsize=9,
                color=INK,
            )
    figure.subplots_adjust(wspace=0.06, hspace=0.32 if captions else 0.06)
    return figure


class Reconstructs(Protocol):
    """A torch module, or anything else that maps images to images of the same shape."""

    def reconstruct(self, images): ...


def reconstructions(images: np.ndarray, models: Mapping[str, Reconstructs]) -> Figure:
    """uint8 images in the first row, each model's reconstructions in a row below."""
    rows = [images] + [_reconstructed(model, images) for model in models.values()]
    return image_rows(rows, ["original", *models])


def extremes(
    images: np.ndarray, model: nn.Module, errors: np.ndarray, chosen: Mapping[str, np.ndarray]
) -> Figure:
    """Chosen images above their reconstructions, with the squared error of each."""
    rows, names, captions = [], [], []
    for name, indices in chosen.items():
        rows += [images[indices], _reconstructed(model, images[indices])]
        names += [name, ""]
        captions += [[""] * len(indices), [f"{error:.2f}" for error in errors[indices]]]
    return image_rows(rows, names, captions)


def _reconstructed(model: Reconstructs, images: np.ndarray) -> np.ndarray:
    if not isinstance(model, nn.Module):
        return model.reconstruct(images)
    with torch.no_grad():
        return model.reconstruct(to_float(torch.from_numpy(images))).numpy()


def first_layer(model: nn.Module, rows: int = 6, columns: int = 16) -> Figure | None:
    """Incoming weights of the first units; red pulls up, blue down, each on its own scale.

    None where the first layer is not a dense one of all pixels.
    """
    channels, height, width = model.image_shape
    learned = [p for p in model.encoder.parameters() if p.ndim > 1]
    if not learned or learned[0].shape[1:] != (channels * height * width,):
        return None
    weights = learned[0].detach().numpy()[: rows * columns]
    # Colour images: the mean over channels shows where a unit looks.
    weights = weights.reshape(len(weights), channels, height, width).mean(1)
    figure = Figure(figsize=(columns * 0.55, rows * 0.55))
    grid = figure.subplots(rows, columns, squeeze=False)
    for axes in grid.flat:
        axes.set_axis_off()
    for axes, weight in zip(grid.flat, weights, strict=False):
        limit = np.abs(weight).max()
        axes.imshow(weight, cmap="RdBu_r", vmin=-limit, vmax=limit)
    figure.subplots_adjust(wspace=0.06, hspace=0.06)
    return figure


def layers(runs: Mapping[int, Sequence[Run]]) -> Figure:
    """Left, the loss while each layer trains; right, the whole net's error after each layer."""
    figure = Figure(figsize=(9, 3.2))
    left, right = figure.subplots(1, 2)
    for colour, (depth, layer) in zip(COLOURS, runs.items(), strict=False):
        for i, run in enumerate(layer):
            rows = run.history
            # Each layer has a scale of its own: what it reconstructs are other layers' codes.
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
    figure.tight_layout()
    return figure


def curves(groups: Mapping[str, Sequence[Run]], loss: str) -> Figure:
    """Training (dashed) and validation loss against updates; a colour a group, a line a run.

    `loss` is what it is called.
    """
    figure = Figure(figsize=(7, 3.6))
    axes = figure.subplots()
    for colour, (name, runs) in zip(COLOURS, groups.items(), strict=False):
        for i, run in enumerate(runs):
            rows = run.history
            updates = [row["updates"] for row in rows]
            for part, style in (("train", "--"), ("validation", "-")):
                values = [row[f"{part}_loss"] for row in rows]
                label = f"{name} {part}".strip() if i == 0 else None
                axes.plot(updates, values, style, color=colour, lw=1.2, label=label)
    axes.set_xlabel("updates")
    axes.set_ylabel(f"{loss} an image")
    log_scale(axes.yaxis)
    plain(axes)
    axes.legend(frameon=False, fontsize=8)
    return figure


def plain(axes: Axes) -> None:
    """The look of all charts: no box, a light grid behind."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(color=LIGHT, lw=0.6)
    axes.set_axisbelow(True)


def log_scale(axis: Axis) -> None:
    """A logarithmic scale whose labels are plain numbers, as many as there is room for."""
    getattr(axis.axes, f"set_{axis.axis_name}scale")("log")
    axis.set_major_locator(_Decades())
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())


class _Decades(LogLocator):
    """1, 2 and 5 of each decade; of many decades 1 alone, in a part of one equal steps."""

    def tick_values(self, vmin: float, vmax: float) -> np.ndarray:
        if vmax < 4 * vmin:
            return MaxNLocator(5, steps=(1, 2, 5, 10)).tick_values(vmin, vmax)
        self.set_params(subs=(1, 2, 5) if vmax < 200 * vmin else (1,))
        return super().tick_values(vmin, vmax)
