"""What a measure returns."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True)
class MeasureResult:
    """`values` by the measure's columns, and `arrays` for pictures.

    `settings` are those tuned for a baseline, `seconds` the times of parts of the work.
    """

    values: dict[str, float]
    arrays: dict[str, np.ndarray] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
