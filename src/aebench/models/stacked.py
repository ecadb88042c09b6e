"""The stacked autoencoder (Hinton & Salakhutdinov 2006): a dense encoder and its mirror image."""

import math
from collections.abc import Sequence

from torch import Tensor, nn

from aebench.models.encoder_decoder import EncoderDecoder
from aebench.nets.activations import Activation
from aebench.nets.dense import DenseDecoder, DenseEncoder
from aebench.nets.init import Init, initialize
from aebench.nets.tied import Transposed


class StackedAutoencoder(EncoderDecoder):
    """Encoder `pixels -> widths[0] -> ... -> widths[-1]`, decoder mirrored, pixels in (0, 1).

    Images are float in [0, 1], N x C x H x W; codes are N x widths[-1]. `code` is the unit of the
    code layer: linear in the finished net, `unit` while the code is to become a hidden layer.
    `tied`: each decoder layer's matrix is its encoder layer's, transposed (ibid., before
    fine-tuning; Vincent et al. 2010). `dropout` and `batch_norm` concern the hidden layers,
    of which the code is none.
    """

    def __init__(
        self,
        image_shape: Sequence[int],
        widths: list[int],
        unit: Activation,
        code: Activation = "linear",
        tied: bool = False,
        dropout: float = 0.0,
        batch_norm: bool = False,
        init: Init | None = None,
    ):
        sizes = [math.prod(image_shape), *widths]
        regularized = {"dropout": dropout, "batch_norm": batch_norm}
        encoder = DenseEncoder(sizes, unit, last=code, **regularized)
        decoder = DenseDecoder(sizes[::-1], unit, image_shape, **regularized)
        super().__init__(image_shape, encoder, decoder)
        if tied:
            decoder.layers = nn.ModuleList(map(Transposed, reversed(encoder.layers)))
        initialize(self, init)

    def warm_start(self, weights: dict[str, Tensor]) -> None:
        """Take over the weights of a net of the same depth, or of one with fewer layers.

        The shallower net's layers are the outer ones; new layers in the middle stay as they are.
        """
        depth = len(self.encoder.layers)
        new = depth - len({name.split(".")[2] for name in weights if "encoder.layers." in name})
        own = self.state_dict()
        for name, value in weights.items():
            half, layers, index, kind = name.split(".")
            # The decoder counts from the code outwards: its new layers come first.
            place = int(index) + (new if half == "decoder" else 0)
            target = f"{half}.{layers}.{place}.{kind}"
            # What becomes a hidden layer with batch normalization leaves its bias to that.
            if kind == "bias" and target not in own:
                continue
            own[target].copy_(value)

    def innermost(self) -> "LayerPair":
        """The newest layer and its mirror, as a shallow autoencoder of the codes around them.

        It has no dropout: nothing in it is a hidden layer yet. The net has no batch normalization.
        """
        return LayerPair(self)

    def outer_codes(self, images: Tensor) -> Tensor:
        """What the innermost pair sees: the images, N x pixels, through all layers but the last.

        Without dropout, in training too: the pair learns these codes, not noise in them.
        """
        x = images.flatten(1)
        for i in range(len(self.encoder.layers) - 1):
            x = self.encoder.hidden(i, x)
        return x


class LayerPair(nn.Module):
    """A layer and its mirror, sharing their parameters with the net that they are part of."""

    def __init__(self, net: StackedAutoencoder):
        super().__init__()
        self.encoder, self.code = net.encoder.layers[-1], net.encoder.activations[-1]
        self.decoder, self.output = net.decoder.layers[0], net.decoder.activations[0]

    def encode(self, inputs: Tensor) -> Tensor:
        """N x in -> N x out."""
        return self.code(self.encoder(inputs))

    def decode_logits(self, codes: Tensor) -> Tensor:
        """N x out -> N x in; logits where the pair is the outermost one, else activations."""
        return self.output(self.decoder(codes))

    def logits(self, inputs: Tensor) -> Tensor:
        return self.decode_logits(self.encode(inputs))
