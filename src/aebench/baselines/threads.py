"""Maps that are the same each time."""

import numpy as np

from aebench.baselines.base import Map, Mapper


def fitted_map(baseline: Mapper, train: np.ndarray, seed: int) -> Map:
    """The map made from `train`, float images N x C x H x W, in one thread.

    The same seed gives the same map: sums of several threads differ in order.
    """
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        place = baseline.fit_map(train, seed)

    def alone(images: np.ndarray) -> np.ndarray:
        with threadpool_limits(1):
            return place(images)

    return alone
