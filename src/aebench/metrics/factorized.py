"""The best model of images whose pixels do not depend on each other: what a VAE has to beat."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from aebench.core.memory import FLOAT, needs_memory
from aebench.data.chunks import chunks

GREY = 256
# Weights of the histogram of all pixels against that of each, in images; the best on validation
# images is taken.
WEIGHTS = tuple(2.0**k for k in range(-4, 13, 2))


@dataclass(frozen=True)
class Factorized:
    """A histogram of the 256 values for each number of an image, smoothed by that of all of them.

    `counts` is 256 x numbers, of uint8 training images; `weight` is that of the latter.
    """

    counts: np.ndarray
    weight: float

    @classmethod
    def of(cls, train: np.ndarray, validation: np.ndarray) -> Self:
        """Of uint8 images N x C x H x W."""
        values = train[0].size
        needs_memory(2 * GREY * values * FLOAT, "the histogram of each pixel")
        counts = np.zeros(GREY * values, np.float32)
        offsets = np.arange(values)
        for part in chunks(train):
            places = part.reshape(len(part), -1).astype(np.int64) * values + offsets
            counts += np.bincount(places.reshape(-1), minlength=len(counts))
        table = counts.reshape(GREY, values)
        candidates = [cls(table, weight) for weight in WEIGHTS]
        return min(candidates, key=lambda model: model.nll(validation))

    def nll(self, images: np.ndarray) -> float:
        """Mean -log p of uint8 images, in nats an image."""
        log_p = self._log_probabilities()
        pixels = np.arange(log_p.shape[1])
        total = 0.0
        for part in chunks(images):
            total += float(log_p[part.reshape(len(part), -1), pixels].sum(dtype=np.float64))
        return -total / len(images)

    def _log_probabilities(self) -> np.ndarray:
        """256 x numbers."""
        of_all = self.counts.sum(1, dtype=np.float64) + 1
        of_all /= of_all.sum()
        images = self.counts[:, 0].sum()
        mixed = self.counts + (self.weight * of_all[:, None]).astype(np.float32)
        return np.log(mixed / (images + self.weight))
