"""A classifier: any encoder, a unit, and an affine layer; the net whose features measures use."""

from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor, nn

from aebench.nets.base import Encoder


class Classifier(nn.Module):
    """Images, float in [0, 1], N x C x H x W, to logits, N x classes."""

    def __init__(
        self,
        image_shape: Sequence[int],
        classes: int,
        features: int,
        encoder: Encoder | Mapping[str, Any],
    ):
        super().__init__()
        self.image_shape, self.classes = tuple(image_shape), classes
        self.encoder = Encoder.member(encoder).initialized(image_shape, features)
        self.head = nn.Linear(features, classes)

    def features(self, images: Tensor) -> Tensor:
        """What the last layer decides by: N x features, none negative."""
        return self.encoder(images).relu()

    def forward(self, images: Tensor) -> Tensor:
        return self.head(self.features(images))
