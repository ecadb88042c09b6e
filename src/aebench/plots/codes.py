"""Codes of images as points of a plane, and how much each latent is used."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator
from torch import Tensor

from aebench.data.pixels import in_chunks, to_float
from aebench.metrics.latents import COLLAPSED_NATS
from aebench.models.encoder_decoder import EncoderDecoder
from aebench.plots.labels import short_labels
from aebench.plots.style import COLOURS, INK, panel_grid, plain


@torch.no_grad()
def codes(model: EncoderDecoder, images: Tensor) -> np.ndarray:
    """Encode uint8 images: N x code size."""
    return torch.cat([model.encode(to_float(part)) for part in in_chunks(images)]).numpy()


def principal_plane(points: np.ndarray) -> np.ndarray:
    """The first two principal components of points, N x 2; of N x 1 points the second is 0."""
    from sklearn.decomposition import PCA

    components = PCA(min(2, points.shape[1]), svd_solver="covariance_eigh")
    plane = components.fit_transform(points.astype(np.float64))
    return np.pad(plane, ((0, 0), (0, 2 - plane.shape[1])))


def code_map(
    points: np.ndarray, labels: np.ndarray | None, classes: Sequence[str], title: str
) -> Figure:
    """Points N x 2, coloured by class if there are labels."""
    figure = Figure(figsize=(5.2, 4.6))
    axes = figure.subplots()
    # Few points leave room for larger ones.
    size = 12 if len(points) < 2000 else 3
    scatter_by_class(axes, points, labels, classes, size=size)
    if handles := legend_handles([labels], classes):
        axes.legend(
            handles=handles, frameon=False, fontsize=8, loc="center left", bbox_to_anchor=(1, 0.5)
        )
    axes.set_title(title, fontsize=9)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(False)
    return figure


def latent_maps(
    points: Mapping[str, np.ndarray], labels: np.ndarray | None, classes: Sequence[str]
) -> Figure:
    """A panel for each title: points N x 2 in the scale of their latents, a colour a class."""
    figure, panels = panel_grid(len(points), min(4, len(points)), 2.9, 2.9)
    for axes, (title, plane) in zip(panels, points.items(), strict=True):
        scatter_by_class(axes, plane, labels, classes, size=2)
        axes.set_title(title, fontsize=8, color=INK)
        axes.tick_params(labelsize=6)
        axes.set_aspect("equal", "datalim")
    if handles := legend_handles([labels], classes):
        figure.legend(handles=handles, loc="outside right center", fontsize=8, frameon=False)
    return figure


def embeddings(
    points: Mapping[str, tuple[np.ndarray, np.ndarray | None]], classes: Sequence[str]
) -> Figure:
    """A panel for each title: points N x 2 with their labels, a colour a class.

    Without axes, since the coordinates of t-SNE and its like mean nothing.
    """
    figure, panels = panel_grid(len(points), 4, 2.6, 2.75)
    for axes, (title, (plane, labels)) in zip(panels, points.items(), strict=True):
        axes.set_axis_off()
        scatter_by_class(axes, plane, labels, classes, size=3)
        axes.set_title(title, fontsize=8, color=INK)
    if handles := legend_handles([labels for _, labels in points.values()], classes):
        figure.legend(
            handles=handles, loc="outside lower center", ncols=10, fontsize=7, frameon=False
        )
    return figure


def scatter_by_class(
    axes: Axes,
    points: np.ndarray,
    labels: np.ndarray | None,
    classes: Sequence[str],
    size: float,
) -> None:
    """Scatter points N x 2 in the colours of their classes; without labels all have one colour.

    In a random order, the same each time, or the last class would cover the others.
    """
    if labels is None:
        axes.scatter(points[:, 0], points[:, 1], s=size, color=COLOURS[0], linewidths=0)
        return
    palette = np.array([class_colour(label, len(classes)) for label in range(len(classes))])
    order = np.random.default_rng(0).permutation(len(points))
    x, y = points[order].T
    axes.scatter(x, y, s=size, c=palette[labels[order]], linewidths=0)


def legend_handles(labels: Iterable[np.ndarray | None], classes: Sequence[str]) -> list[Line2D]:
    """Handles for a legend of the classes that have points in one of the panels.

    `labels`: those of each panel; without any there are no handles.
    """
    present = {label for panel in labels if panel is not None for label in panel.tolist()}
    shown = short_labels(classes, "class")
    look: dict[str, Any] = {"linestyle": "", "marker": "o", "markersize": 5}
    return [
        Line2D([], [], color=class_colour(label, len(classes)), label=shown[classes[label]], **look)
        for label in sorted(present)
    ]


def class_colour(label: int, classes: int) -> str:
    """Ten colours that can be told apart; of more classes, as many along a scale."""
    few = classes <= 10
    return to_hex(colormaps["tab10"](label) if few else colormaps["turbo"](label / (classes - 1)))


def kl_bars(kl: Sequence[float]) -> Figure:
    """KL of each latent dimension that has information, the largest first; how many have none."""
    used = sorted((value for value in kl if value >= COLLAPSED_NATS), reverse=True)
    figure = Figure(figsize=(7, 2.6))
    axes = figure.subplots()
    axes.bar(range(1, len(used) + 1), used, color=COLOURS[0])
    axes.set_xlim(0.4, max(len(used), 1) + 0.6)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_ylim(bottom=0)
    if not used:
        axes.set_xticks([])
    unused = f"; {len(kl) - len(used)} of {len(kl)} have less than {COLLAPSED_NATS} nats"
    axes.set_xlabel("latent dimension, ranked" + (unused if len(used) < len(kl) else ""))
    axes.set_ylabel("KL to the prior, nats")
    plain(axes)
    return figure
