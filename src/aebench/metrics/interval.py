"""Confidence intervals of means."""

import math
from statistics import mean, stdev


def confidence_interval(values: list[float]) -> tuple[float, float] | None:
    """Student's 95 % interval of the mean; None for fewer than two values or infinite ones."""
    if len(values) < 2 or not all(map(math.isfinite, values)):
        return None
    from scipy.stats import t

    half = t.ppf(0.975, len(values) - 1) * stdev(values) / math.sqrt(len(values))
    middle = mean(values)
    return middle - half, middle + half
