"""A classifier: any encoder, ReLU and an affine layer; its features serve measures, too."""

from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor, nn

from aebench.nets.base import Encoder


class Classifier(nn.Module):
    """Maps images, float in [0, 1], N x C x H x W, to logits, N x classes."""

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
        """The nonnegative inputs of the last layer: N x features."""
        return self.encoder(images).relu()

    def forward(self, images: Tensor) -> Tensor:
        return self.head(self.features(images))
