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
    """Images in rows, each N x C x H x W, all of one shape and `size` inches wide.

    `names` stand left of the rows, `captions` below each image, `columns` above the first row.
    """
    height, width = rows[0].shape[2:]
    gap = max(1, round(0.06 * width))
    board = tiled(rows, gap, below=round(0.16 / size * width) if any(map(any, captions)) else gap)
    scale = size / width
    figure = Figure(figsize=(scale * board.shape[2], scale * board.shape[1]))
    axes = figure.add_axes((0, 0, 1, 1))
    show(axes, board)
    down = board.shape[1] // len(rows)
    for i, name in enumerate(names):
        middle = i * down + height / 2
        axes.text(-2 * gap, middle, name, ha="right", va="center", fontsize=9, color=INK)
    for i, texts in enumerate(captions):
        for j, text in enumerate(texts):
            left = j * (width + gap) + width / 2
            axes.text(left, i * down + height, text, ha="center", va="top", fontsize=7, color=INK)
    for j, name in enumerate(columns):
        left = j * (width + gap) + 0.2 * width
        axes.text(left, -gap, name, ha="left", va="bottom", fontsize=7, rotation=40)
    return figure


def tiled(rows: Sequence[np.ndarray], gap: int = 0, below: int = 0) -> np.ndarray:
    """Rows of images, each N x C x H x W, as one image with white `gap` beside and `below` each.

    A panel for each image would take matplotlib a hundred times as long. Float in [0, 1].
    """
    channels, height, width = rows[0].shape[1:]
    across, down = width + gap, height + below
    longest = max(map(len, rows))
    board = np.ones((channels, len(rows) * down, longest * across), np.float32)
    for i, row in enumerate(rows):
        for j, image in enumerate(row):
            place = np.s_[:, i * down : i * down + height, j * across : j * across + width]
            board[place] = to_unit_range(image)
    return board


def normal_grid(side: int) -> np.ndarray:
    """Points of the plane, side² x 2, evenly spaced in the probability of N(0, I).

    Fig. 4 of Kingma & Welling 2014: the unit square through the inverse normal CDF; row by row from
    the upper left.
    """
    line = [NormalDist().inv_cdf((i + 0.5) / side) for i in range(side)]
    return np.array([[x, y] for y in reversed(line) for x in line])
