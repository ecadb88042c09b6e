"""The score above which an image counts as anomalous."""

import math

from torch import Tensor


def fewest_normal(false_alarms: float) -> int:
    """How many normal images a threshold of this rate of false alarms takes."""
    # Rounded, since 1 / 0.1 need not be 10 in floats.
    return math.ceil(round(1 / false_alarms, 9)) - 1


def anomaly_threshold(normal: Tensor, false_alarms: float) -> float:
    """The least threshold that a further normal image exceeds with a chance of at most a rate.

    `normal` are the scores of n normal images that training has not seen. The threshold is the k-th
    smallest, k = ceil((1 - false_alarms)(n + 1)): whatever the distribution, the chance that one
    more image of it lies above is at most 1 - k / (n + 1) (inductive conformal prediction, Vovk et
    al. 2005, section 4.1). Raises ValueError for less than `fewest_normal` of them.
    """
    above = math.floor(round(false_alarms * (len(normal) + 1), 9))
    if above < 1:
        raise ValueError(f"{len(normal)} normal images; allowed: {fewest_normal(false_alarms)}")
    return normal.sort().values[-above].item()
