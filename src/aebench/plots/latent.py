"""Pictures of codes: maps, the manifold that a VAE decodes, straight lines through it."""

from collections.abc import Sequence
from statistics import NormalDist

import numpy as np
import torch
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from torch import Tensor, nn

from aebench.data.pixels import in_chunks, to_float
from aebench.plots.figures import COLOURS, image_rows, plain, show

STEPS = 10


@torch.no_grad()
def codes(model: nn.Module, images: Tensor) -> np.ndarray:
    """Codes of uint8 images, N x code size."""
    return torch.cat([model.encode(to_float(part)) for part in in_chunks(images)]).numpy()


def principal_plane(points: np.ndarray) -> np.ndarray:
    """The first two principal components of points, N x 2; of single numbers the second is 0."""
    from sklearn.decomposition import PCA

    components = PCA(min(2, points.shape[1]), svd_solver="covariance_eigh")
    plane = components.fit_transform(points.astype(np.float64))
    return np.pad(plane, ((0, 0), (0, 2 - plane.shape[1])))


def code_map(
    points: np.ndarray, labels: np.ndarray | None, classes: Sequence[str], title: str
) -> Figure:
    """Points N x 2, coloured by class where there are classes."""
    figure = Figure(figsize=(5.2, 4.6))
    axes = figure.subplots()
    # Few points leave room for larger ones.
    size = 12 if len(points) < 2000 else 3
    if labels is None:
        axes.scatter(*points.T, s=size, color=COLOURS[0], linewidths=0)
    else:
        handles = scatter_by_class(axes, points, labels, classes, size=size)
        axes.legend(
            handles=handles, frameon=False, fontsize=8, loc="center left", bbox_to_anchor=(1, 0.5)
        )
    axes.set_title(title, fontsize=9)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(False)
    return figure


def scatter_by_class(
    axes: Axes, points: np.ndarray, labels: np.ndarray, classes: Sequence[str], size: float
) -> list[Line2D]:
    """Scatter points N x 2 in the colours of their classes; gives what a legend shows.

    In an order that is drawn, the same each time, or the last class would cover the others.
    """
    palette = np.array([class_colour(label, len(classes)) for label in range(len(classes))])
    order = np.random.default_rng(0).permutation(len(points))
    axes.scatter(*points[order].T, s=size, c=palette[labels[order]], linewidths=0)
    return [
        Line2D([], [], linestyle="", marker="o", markersize=5, color=colour, label=name)
        for colour, name in zip(palette, classes, strict=True)
    ]


def class_colour(label: int, classes: int) -> str:
    """Ten colours that can be told apart; where there are more classes, as many along a scale."""
    few = classes <= 10
    return to_hex(colormaps["tab10"](label) if few else colormaps["turbo"](label / (classes - 1)))


@torch.no_grad()
def manifold(model: nn.Module, side: int = 20) -> Figure:
    """What a VAE with two latents decodes on a grid, evenly spaced in the prior's probability.

    After fig. 4 of Kingma & Welling 2014: the unit square through the inverse normal CDF.
    """
    images = model.decode(torch.from_numpy(normal_grid(side)).float()).numpy()
    *_, height, width = images.shape
    figure = Figure(figsize=(6, 6 * height / width))
    show(figure.subplots(), tiled(images, side))
    return figure


def normal_grid(side: int) -> np.ndarray:
    """Points on a grid, evenly spaced in the probability of N(0, I): side^2 x 2, top row first."""
    line = [NormalDist().inv_cdf((i + 0.5) / side) for i in range(side)]
    return np.array([[x, y] for y in reversed(line) for x in line])


def tiled(images: np.ndarray, side: int) -> np.ndarray:
    """side^2 images, C x H x W each, as one of C x (side H) x (side W), row by row."""
    _, channels, height, width = images.shape
    tiles = images.reshape(side, side, channels, height, width).transpose(2, 0, 3, 1, 4)
    return tiles.reshape(channels, side * height, side * width)


@torch.no_grad()
def interpolations(model: nn.Module, images: Tensor) -> Figure:
    """Straight lines between the codes of consecutive pairs of images, decoded in STEPS steps."""
    starts, ends = model.encode(images[0::2]), model.encode(images[1::2])
    weights = torch.linspace(0, 1, STEPS)[:, None]
    rows = [
        model.decode(start + weights * (end - start)).numpy()
        for start, end in zip(starts, ends, strict=True)
    ]
    return image_rows(rows)


def kl_bars(kl: Sequence[float]) -> Figure:
    """KL of each latent dimension, the largest first."""
    figure = Figure(figsize=(7, 2.6))
    axes = figure.subplots()
    axes.bar(range(1, len(kl) + 1), sorted(kl, reverse=True), color=COLOURS[0])
    axes.set_xlabel("latent dimension, ranked")
    axes.set_ylabel("KL to the prior, nats")
    plain(axes)
    return figure
