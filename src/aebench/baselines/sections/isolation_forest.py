"""Isolation forests."""

from typing import TYPE_CHECKING, Literal

from aebench.baselines.base import Detector, Score
from aebench.core.counts import Count

if TYPE_CHECKING:
    import numpy as np


class IsolationForest(Detector):
    """Scores by how few random splits isolate a point, over many trees (Liu et al. 2008)."""

    name: Literal["isolation-forest"] = "isolation-forest"
    trees: Count = 200

    def fit_score(self, train: "np.ndarray", seed: int) -> Score:
        from sklearn.ensemble import IsolationForest

        forest = IsolationForest(n_estimators=self.trees, random_state=seed)
        forest.fit(train.reshape(len(train), -1))
        return lambda images: -forest.score_samples(images.reshape(len(images), -1))
