"""Detectors of anomalies: how little an image is like those that they know."""

from collections.abc import Callable

import numpy as np

from aebench.tools import config
from aebench.tools.linear import Subspace

# Images, float N x C x H x W, to N scores: the higher, the stranger.
Score = Callable[[np.ndarray], np.ndarray]


def fitted(tool: config.Detector, train: np.ndarray, seed: int) -> Score:
    """The detector that knows `train`, float images N x C x H x W.

    PCA scores by the squared distance to its subspace.
    """
    match tool:
        case config.Pca(components=[components]):
            subspace = Subspace(train, components)
            return lambda images: (
                np.square(images - subspace.project(images, components))
                .reshape(len(images), -1)
                .sum(1)
            )
        case config.IsolationForest():
            from sklearn.ensemble import IsolationForest

            forest = IsolationForest(n_estimators=tool.trees, random_state=seed)
            forest.fit(train.reshape(len(train), -1))
            return lambda images: -forest.score_samples(images.reshape(len(images), -1))
