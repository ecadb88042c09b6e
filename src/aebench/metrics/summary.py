"""Mean and standard deviation of metrics over seeds."""

import statistics
from collections.abc import Sequence
from typing import Any


def over_seeds(results: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Average nested metrics; with several seeds, `<name>_sd` is the standard deviation."""
    summary: dict[str, Any] = {}
    for name, first in results[0].items():
        values = [result[name] for result in results]
        if isinstance(first, dict):
            summary[name] = over_seeds(values)
            continue
        if isinstance(first, int):
            # A setting such as `nll_samples`, the same for every seed.
            summary[name] = first
            continue
        summary[name] = statistics.fmean(values)
        if len(values) > 1:
            summary[f"{name}_sd"] = statistics.stdev(values)
    return summary
