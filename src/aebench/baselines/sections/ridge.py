"""Ridge regression of clean pixels on noisy ones."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field, PositiveFloat

from aebench.baselines.base import Choices, Filter, ImageFilter

if TYPE_CHECKING:
    import numpy as np


class Ridge(Filter):
    """The best linear map from noisy images to clean ones, with a penalty on its weights.

    `penalty` is that on the sum of squared weights, for each image.
    """

    name: Literal["ridge"] = "ridge"
    penalty: Choices[PositiveFloat] = Field(default=[1e-4, 1e-3, 3e-3, 1e-2, 3e-2, 0.1, 0.3, 1.0])

    # It learns how noise darkens or brightens.
    may_correct: ClassVar[bool] = False

    def fit_filter(self, train: "np.ndarray") -> Callable[..., ImageFilter]:
        return self.fit_to_noise(train, [train])

    def fit_to_noise(
        self, train: "np.ndarray", noisy: Iterable["np.ndarray"]
    ) -> Callable[..., ImageFilter]:
        import numpy as np

        targets = train.reshape(len(train), -1)
        pixels = targets.shape[1]
        covariance, cross = np.zeros((pixels, pixels)), np.zeros((pixels, pixels))
        mean, draws = np.zeros(pixels), 0
        for draw in noisy:
            inputs = draw.reshape(len(train), -1)
            covariance += inputs.T @ inputs / len(train)
            cross += inputs.T @ targets / len(train)
            mean += inputs.mean(0)
            draws += 1
        mean, middle = mean / draws, targets.mean(0)
        covariance = covariance / draws - np.outer(mean, mean)
        cross = cross / draws - np.outer(mean, middle)
        values, vectors = np.linalg.eigh(covariance)
        rotated = vectors.T @ cross

        def make(penalty: float) -> ImageFilter:
            weights = vectors @ (rotated / (values + penalty)[:, None])

            def restore(images: "np.ndarray") -> "np.ndarray":
                flat = images.reshape(len(images), -1)
                return ((flat - mean) @ weights + middle).reshape(images.shape)

            return restore

        return make
