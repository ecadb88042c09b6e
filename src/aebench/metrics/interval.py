"""Confidence intervals of means."""

import math
from statistics import mean, stdev


def interval_of(differences: list[float]) -> tuple[float, float] | None:
    """Student's 95 % interval of the mean; None for fewer than two values, or infinite ones."""
    if len(differences) < 2 or not all(map(math.isfinite, differences)):
        return None
    from scipy.stats import t

    half = t.ppf(0.975, len(differences) - 1) * stdev(differences) / math.sqrt(len(differences))
    middle = mean(differences)
    return middle - half, middle + half
