"""Patches of photographs."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image


def patches(
    photographs: Sequence[Path], side: int, count: int, mode: str
) -> tuple[np.ndarray, np.ndarray]:
    """`count` squares of the photographs, as many of each, at random places, always the same ones.

    uint8, N x H x W (x 3); and the number of the photograph of each. `mode` is Pillow's: L is grey,
    RGB colour. What `count` leaves over is left out.
    """
    generator = np.random.default_rng(0)
    each = count // len(photographs)
    found = []
    for path in photographs:
        pixels = np.asarray(Image.open(path).convert(mode))
        tops = generator.integers(0, pixels.shape[0] - side + 1, each)
        lefts = generator.integers(0, pixels.shape[1] - side + 1, each)
        found += [
            pixels[top : top + side, left : left + side]
            for top, left in zip(tops, lefts, strict=True)
        ]
    return np.stack(found), np.repeat(np.arange(len(photographs)), each)
