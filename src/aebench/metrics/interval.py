"""Confidence intervals of means."""

import math
from statistics import mean, stdev


def confidence_interval(values: list[float], test_share: float = 0.0) -> tuple[float, float] | None:
    """Student's 95 % interval of the mean; None for fewer than two values or infinite ones.

    `test_share`: see `standard_error`.
    """
    if len(values) < 2 or not all(map(math.isfinite, values)):
        return None
    from scipy.stats import t

    half = t.ppf(0.975, len(values) - 1) * standard_error(values, test_share)
    middle = mean(values)
    return middle - half, middle + half


def standard_error(values: list[float], test_share: float = 0.0) -> float:
    """The standard error of the mean of two or more values.

    `test_share`: the number of test images by that of training images, if each value comes from a
    random split of the same images. Then the values depend on each other, for which the corrected
    resampled t-test allows (Nadeau & Bengio 2003, Inference for the generalization error, eq. 7).
    """
    return stdev(values) * math.sqrt(1 / len(values) + test_share)
