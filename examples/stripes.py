"""The data source `stripes`: stripes of random width and phase, across, down or slanting."""

from typing import ClassVar, Literal

import numpy as np
from pydantic import PositiveInt

from aebench.data.dataset import DataSet
from aebench.data.raw import Raw

DIRECTIONS = ("across", "down", "slanting")


class Stripes(DataSet):
    source: Literal["stripes"]
    count: PositiveInt = 600
    side: PositiveInt = 12
    example: ClassVar[dict] = {"validation": 100, "test": 100}

    def read(self):
        generator = np.random.default_rng(0)
        labels = generator.integers(3, size=self.count)
        y, x = np.mgrid[: self.side, : self.side]
        along = np.stack([y, x, x + y])[labels]
        width = generator.uniform(2, 5, (self.count, 1, 1))
        phase = generator.uniform(0, 2 * np.pi, (self.count, 1, 1))
        pixels = 127.5 * (1 + np.sin(2 * np.pi * along / width + phase))
        return Raw(pixels.astype(np.uint8)[:, None], labels, None, DIRECTIONS)
