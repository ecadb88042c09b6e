"""The classifier."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from aebench.core.counts import Count
from aebench.models.base import Classes, Model
from aebench.nets.base import Encoder

if TYPE_CHECKING:
    from torch import nn


class Classifier(Model):
    """Any encoder to `features` dimensions, and an affine layer to `classes`."""

    name: Literal["classifier"] = "classifier"
    classes: Classes
    features: Count
    encoder: Encoder

    def build(self, image_shape: Sequence[int]) -> "nn.Module":
        from aebench.models import classifier

        return classifier.Classifier(image_shape, self.classes, self.features, self.encoder)
