"""Metrics of several seeds as one: the mean, and beside it the standard deviation."""

import statistics
from collections.abc import Sequence
from typing import Any


def over_seeds(results: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Nested metrics, alike for every seed, as means; `<name>_sd` where there are several seeds."""
    summary: dict[str, Any] = {}
    for name, first in results[0].items():
        values = [result[name] for result in results]
        if isinstance(first, dict):
            summary[name] = over_seeds(values)
            continue
        if isinstance(first, int):
            # A setting, such as a number of samples: the same for every seed.
            summary[name] = first
            continue
        summary[name] = statistics.fmean(values)
        if len(values) > 1:
            summary[f"{name}_sd"] = statistics.stdev(values)
    return summary
