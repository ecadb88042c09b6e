"""What a measure is given, and what it gives."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import nn

from aebench.baselines.base import Baseline
from aebench.core.seeding import derive
from aebench.data.examples import without
from aebench.data.pixels import to_float
from aebench.data.prepared import Prepared
from aebench.training.device import device
from aebench.training.runs import Run, RunStore


@dataclass(frozen=True)
class Subject:
    """What is measured: a finished run on the data that it was trained on, or a baseline on them.

    `unseen`: labels whose images are left out of all that is learned from.
    """

    run: Run | None
    prepared: Prepared
    store: RunStore
    baseline: Baseline | None = None
    seed: int = 0
    unseen: Sequence[int] = ()

    @property
    def identity(self) -> dict[str, Any]:
        """What its measurements are kept under."""
        if self.run:
            # Trained again by other code, a run has its identity and other weights.
            return {"run": self.run.id, "weights": self.run.weights_checksum}
        return {
            "baseline": self.baseline.identity(),
            "baseline_version": self.baseline.version,
            "data": self.prepared.checksum,
            "seed": self.seed,
            **({"unseen": list(self.unseen)} if self.unseen else {}),
        }

    @cached_property
    def seen(self) -> Prepared:
        """The data that it may learn from."""
        return without(self.prepared, self.unseen)

    def model(self) -> nn.Module:
        """The run's trained model on the device, in evaluation mode."""
        return self.run.model().to(device())


@dataclass(frozen=True)
class MeasureResult:
    """What a measure gives: a number for each of its columns, and arrays that pictures need.

    `settings` are those that a baseline has chosen, `seconds` what parts of the work took.
    """

    values: dict[str, float]
    arrays: dict[str, np.ndarray] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)


def as_float(images: np.ndarray) -> np.ndarray:
    """uint8 images as baselines take them: float64 in [0, 1]."""
    return images / 255


def batches(function, images: np.ndarray, size: int = 1000) -> np.ndarray:
    """What a torch function makes of float or uint8 images, N x ..., batch by batch."""
    with torch.no_grad():
        parts = torch.from_numpy(images).split(size)
        made = [function(to_float(part).float().to(device())).cpu() for part in parts]
    return torch.cat(made).numpy()


def fixed_subset(count: int, most: int | None, what: str) -> np.ndarray:
    """At most `most` of `count` indices in their order, the same ones for each `what`."""
    if most is None or count <= most:
        return np.arange(count)
    generator = np.random.default_rng(derive("some of", what))
    return np.sort(generator.permutation(count)[:most])
