"""The dense network: affine layers with activations between them."""

import math
from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor, nn

from aebench.nets.activations import Activation, activation
from aebench.nets.sections import dense as sections


class Dense(nn.Module):
    """Affine layers `sizes[0] -> sizes[1] -> ...`, each followed by `hidden`, the last by `last`.

    Input N x sizes[0], output N x sizes[-1]. Hidden layers may have batch normalization in place of
    a bias before their activation (Ioffe & Szegedy 2015), and `dropout` after it (Srivastava et al.
    2014).
    """

    def __init__(
        self,
        sizes: Sequence[int],
        hidden: Activation,
        last: Activation = "linear",
        dropout: float = 0.0,
        batch_norm: bool = False,
    ):
        super().__init__()
        inner = range(len(sizes) - 2)
        self.layers = nn.ModuleList(
            nn.Linear(a, b, bias=not (batch_norm and i in inner))
            for i, (a, b) in enumerate(pairwise(sizes))
        )
        self.norms = nn.ModuleList(
            nn.BatchNorm1d(size) if batch_norm else nn.Identity() for size in sizes[1:-1]
        )
        self.activations = nn.ModuleList([*(activation(hidden) for _ in inner), activation(last)])
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        for i in range(len(self.norms)):
            x = self.dropout(self.hidden(i, x))
        return self.activations[-1](self.layers[-1](x))

    def hidden(self, i: int, x: Tensor) -> Tensor:
        """The output of hidden layer `i` for its input `x`, before dropout."""
        return self.activations[i](self.norms[i](self.layers[i](x)))


class DenseEncoder(Dense):
    """N x C x H x W -> N x sizes[-1]; sizes[0] is the number of pixels."""

    def forward(self, images: Tensor) -> Tensor:
        return super().forward(images.flatten(1))


class DenseDecoder(Dense):
    """N x sizes[0] -> logits N x C x H x W; sizes[-1] is the number of pixels."""

    def __init__(
        self,
        sizes: Sequence[int],
        hidden: Activation,
        image_shape: Sequence[int],
        dropout: float = 0.0,
        batch_norm: bool = False,
    ):
        super().__init__(sizes, hidden, dropout=dropout, batch_norm=batch_norm)
        self.image_shape = tuple(image_shape)

    def forward(self, codes: Tensor) -> Tensor:
        return super().forward(codes).unflatten(1, self.image_shape)


def encoder(
    config: sections.DenseEncoder, image_shape: Sequence[int], outputs: int
) -> DenseEncoder:
    """N x C x H x W -> N x outputs, with hidden layers of `widths`."""
    sizes = [math.prod(image_shape), *config.widths, outputs]
    return DenseEncoder(sizes, config.unit, dropout=config.dropout, batch_norm=config.batch_norm)


def decoder(config: sections.DenseDecoder, inputs: int, image_shape: Sequence[int]) -> DenseDecoder:
    """N x inputs -> logits N x C x H x W, with hidden layers of `widths`."""
    sizes = [inputs, *config.widths, math.prod(image_shape)]
    return DenseDecoder(
        sizes, config.unit, image_shape, dropout=config.dropout, batch_norm=config.batch_norm
    )
