"""The stacked autoencoder (Hinton & Salakhutdinov 2006): a dense encoder and its mirror image."""

import math
from collections.abc import Sequence
from typing import cast

from torch import Tensor, nn

from aebench.models.encoder_decoder import EncoderDecoder
from aebench.nets.activations import Activation
from aebench.nets.dense import DenseDecoder, DenseEncoder
from aebench.nets.init import Init, initialize
from aebench.nets.tied import Transposed


class StackedAutoencoder(EncoderDecoder):
    """Encoder `pixels -> widths[0] -> ... -> widths[-1]`, decoder mirrored, pixels in (0, 1).

    Images are float in [0, 1], N x C x H x W; codes are N x widths[-1]. `unit` is the activation of
    hidden layers, `code` that of the code: linear in the finished net, `unit` while pretraining
    will turn the code into a hidden layer. `tied`: each decoder layer's matrix is its encoder
    layer's, transposed (ibid., before fine-tuning; Vincent et al. 2010). `dropout` and `batch_norm`
    apply to hidden layers, not to the code.
    """

    encoder: DenseEncoder
    decoder: DenseDecoder

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
        encoder = DenseEncoder(sizes, unit, code, dropout, batch_norm)
        decoder = DenseDecoder(
            sizes[::-1], unit, image_shape, dropout=dropout, batch_norm=batch_norm
        )
        super().__init__(image_shape, encoder, decoder)
        if tied:
            decoder.layers = nn.ModuleList(
                Transposed(cast(nn.Linear, layer)) for layer in reversed(encoder.layers)
            )
        initialize(self, init)

    def warm_start(self, weights: dict[str, Tensor]) -> None:
        """Copy the weights of a net with as many layers or fewer.

        A shallower net gives the outer layers; the new layers in the middle keep their weights.
        """
        depth = len(self.encoder.layers)
        new = depth - len({name.split(".")[2] for name in weights if "encoder.layers." in name})
        own = self.state_dict()
        for name, value in weights.items():
            half, layers, index, kind = name.split(".")
            # The decoder's layers are numbered from the code outwards: the new ones come first.
            place = int(index) + (new if half == "decoder" else 0)
            target = f"{half}.{layers}.{place}.{kind}"
            # The former code layer loses its bias if it becomes a hidden layer with batch norm.
            if kind == "bias" and target not in own:
                continue
            own[target].copy_(value)

    def innermost(self) -> "LayerPair":
        """The innermost layer and its mirror, a shallow autoencoder of the outer layers' codes.

        Without dropout, as it has no hidden layer yet; the net must have no batch normalization.
        """
        return LayerPair(self)

    def outer_codes(self, images: Tensor) -> Tensor:
        """The innermost pair's inputs, N x width: the images through all layers but the last.

        Without dropout also in training mode: the pair learns these codes, not noise in them.
        """
        x = images.flatten(1)
        for i in range(len(self.encoder.layers) - 1):
            x = self.encoder.hidden(i, x)
        return x


class LayerPair(nn.Module):
    """A layer and its mirror, which share their parameters with the whole net."""

    def __init__(self, net: StackedAutoencoder):
        super().__init__()
        self.encoder, self.code = net.encoder.layers[-1], net.encoder.activations[-1]
        self.decoder, self.output = net.decoder.layers[0], net.decoder.activations[0]

    def encode(self, inputs: Tensor) -> Tensor:
        """N x in -> N x out."""
        return self.code(self.encoder(inputs))

    def decode_logits(self, codes: Tensor) -> Tensor:
        """N x out -> N x in: logits if the pair is the outermost one, otherwise activations."""
        return self.output(self.decoder(codes))

    def logits(self, inputs: Tensor) -> Tensor:
        return self.decode_logits(self.encode(inputs))
