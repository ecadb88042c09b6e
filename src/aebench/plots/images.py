"""Images beside each other."""

from collections.abc import Sequence
from statistics import NormalDist

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from aebench.data.scaling import to_unit_range
from aebench.plots.style import INK


def show(axes: Axes, image: np.ndarray) -> None:
    """Draw an image, C x H x W, uint8 or float in [0, 1]; white is 1."""
    pixels = to_unit_range(image)
    if len(pixels) == 1:
        axes.imshow(pixels[0], cmap="gray", vmin=0, vmax=1)
    else:
        axes.imshow(np.moveaxis(pixels, 0, -1).clip(0, 1))
    axes.set_axis_off()


def image_rows(
    rows: Sequence[np.ndarray],
    names: Sequence[str] = (),
    captions: Sequence[Sequence[str]] = (),
    size: float = 0.7,
    columns: Sequence[str] = (),
) -> Figure:
    """Images in rows, each N x C x H x W.

    `names` stand left of the rows, `captions` below each image, `columns` above the first row.
    """
    across = max(len(row) for row in rows)
    height = size * (1.35 if captions else 1.0)
    figure = Figure(figsize=(size * across, height * len(rows)))
    grid = figure.subplots(len(rows), across, squeeze=False)
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
    for axes, name in zip(grid[0], columns, strict=False):
        axes.set_title(name, fontsize=7, rotation=40, ha="left", va="bottom", x=0.2)
    figure.subplots_adjust(wspace=0.06, hspace=0.32 if captions else 0.06)
    return figure


def mosaic(images: np.ndarray, side: int) -> np.ndarray:
    """`side` x `side` images, N x C x H x W row by row, as one image without gaps."""
    _, channels, height, width = images.shape
    board = images.reshape(side, side, channels, height, width).transpose(2, 0, 3, 1, 4)
    return board.reshape(channels, side * height, side * width)


def normal_grid(side: int) -> np.ndarray:
    """Points of the plane, side² x 2, evenly spaced in the probability of N(0, I).

    Fig. 4 of Kingma & Welling 2014: the unit square through the inverse normal CDF; row by row from
    the upper left.
    """
    line = [NormalDist().inv_cdf((i + 0.5) / side) for i in range(side)]
    return np.array([[x, y] for y in reversed(line) for x in line])
