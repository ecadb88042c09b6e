"""Reproducible maps."""

import numpy as np

from aebench.baselines.base import Map, Mapper


def fitted_map(baseline: Mapper, train: np.ndarray, seed: int) -> Map:
    """The map fitted to `train`, float images N x C x H x W.

    It is fitted and applied in one thread, so that the same seed gives the same points: several
    threads sum in varying order.
    """
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        place = baseline.fit_map(train, seed)

    def single_threaded(images: np.ndarray) -> np.ndarray:
        with threadpool_limits(1):
            return place(images)

    return single_threaded
