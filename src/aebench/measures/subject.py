"""What a measure is given, and what it gives."""

from dataclasses import dataclass, field

import numpy as np

from aebench.data.prepared import Prepared
from aebench.training.runs import Run, RunStore


@dataclass(frozen=True)
class Subject:
    """What is measured: a finished run, on the data that it was trained on."""

    run: Run
    prepared: Prepared
    store: RunStore


@dataclass(frozen=True)
class Found:
    """What a measure gives: a number for each of its columns, and arrays that pictures need."""

    values: dict[str, float]
    arrays: dict[str, np.ndarray] = field(default_factory=dict)
