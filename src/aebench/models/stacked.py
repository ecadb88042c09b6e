"""The stacked autoencoder (Hinton & Salakhutdinov 2006): a dense encoder and its mirror image."""

import math
from typing import Any

from torch import Tensor, nn

from aebench.nets.dense import Dense
from aebench.nets.tied import Transposed
from aebench.nets.units import Unit


class StackedAutoencoder(nn.Module):
    """Encoder `pixels -> widths[0] -> ... -> widths[-1]`, decoder mirrored, pixels in (0, 1).

    Images are float in [0, 1], N x C x H x W; codes are N x widths[-1]. `code` is the unit of the
    code layer: linear in the finished net, `unit` while the code is to become a hidden layer.
    `tied`: each decoder layer's matrix is its encoder layer's, transposed (ibid., before
    fine-tuning; Vincent et al. 2010).
    """

    def __init__(
        self,
        image_shape: list[int],
        widths: list[int],
        unit: Unit,
        code: Unit = "linear",
        tied: bool = False,
    ):
        super().__init__()
        self.image_shape = tuple(image_shape)
        sizes = [math.prod(image_shape), *widths]
        self.encoder = Dense(sizes, unit, last=code)
        self.decoder = Dense(sizes[::-1], unit)
        if tied:
            self.decoder.layers = nn.ModuleList(map(Transposed, reversed(self.encoder.layers)))

    def encode(self, images: Tensor) -> Tensor:
        return self.encoder(images.flatten(1))

    def decode_logits(self, codes: Tensor) -> Tensor:
        return self.decoder(codes).unflatten(1, self.image_shape)

    def decode(self, codes: Tensor) -> Tensor:
        return self.decode_logits(codes).sigmoid()

    def reconstruct(self, images: Tensor) -> Tensor:
        return self.decode(self.encode(images))

    def logits(self, images: Tensor) -> Tensor:
        """The reconstruction before its sigmoid."""
        return self.decode_logits(self.encode(images))

    def warm_start(self, weights: dict[str, Tensor]) -> None:
        """Take over the weights of a net of the same depth, or of one with fewer layers.

        The shallower net's layers are the outer ones; new layers in the middle stay as they are.
        """
        depth = len(self.encoder.layers)
        new = depth - sum(name.startswith("encoder.") for name in weights) // 2
        own = self.state_dict()
        for name, value in weights.items():
            half, layers, index, kind = name.split(".")
            # The decoder counts from the code outwards: its new layers come first.
            place = int(index) + (new if half == "decoder" else 0)
            own[f"{half}.{layers}.{place}.{kind}"].copy_(value)

    def innermost(self) -> "LayerPair":
        """The newest layer and its mirror, as a shallow autoencoder of the codes around them."""
        return LayerPair(self)

    def outer_codes(self, images: Tensor) -> Tensor:
        """What the innermost pair sees: the images, N x pixels, through all layers but the last."""
        x = images.flatten(1)
        for layer, activation in zip(
            self.encoder.layers[:-1], self.encoder.units[:-1], strict=True
        ):
            x = activation(layer(x))
        return x


def shallower(spec: dict[str, Any], depth: int) -> dict[str, Any]:
    """The spec of the net's first `depth` layers: before the last, the code is to be hidden."""
    if depth == len(spec["widths"]):
        return spec
    return spec | {"widths": spec["widths"][:depth], "code": spec["unit"]}


class LayerPair(nn.Module):
    """A layer and its mirror, sharing their parameters with the net that they are part of."""

    def __init__(self, net: StackedAutoencoder):
        super().__init__()
        self.encoder, self.code = net.encoder.layers[-1], net.encoder.units[-1]
        self.decoder, self.output = net.decoder.layers[0], net.decoder.units[0]

    def encode(self, inputs: Tensor) -> Tensor:
        """N x in -> N x out."""
        return self.code(self.encoder(inputs))

    def decode_logits(self, codes: Tensor) -> Tensor:
        """N x out -> N x in; logits where the pair is the outermost one, else activations."""
        return self.output(self.decoder(codes))

    def logits(self, inputs: Tensor) -> Tensor:
        return self.decode_logits(self.encode(inputs))
