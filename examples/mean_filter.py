"""The baseline `mean-filter`: each pixel becomes the mean of a square around it."""

from typing import Literal

from pydantic import Field, PositiveInt

from aebench.baselines.base import Choices, Filter


class MeanFilter(Filter):
    """`size`: the square's side in pixels; validation images choose among the values."""

    name: Literal["mean-filter"]
    size: Choices[PositiveInt] = Field(default=[1, 2, 3, 4, 5])

    def fit_filter(self, train):
        from scipy.ndimage import uniform_filter

        # A setting is passed by the name of its field.
        return lambda size: lambda images: uniform_filter(images, (1, 1, size, size))
