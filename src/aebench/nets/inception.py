"""Inception blocks (Szegedy et al. 2015), an encoder of them and its mirror image."""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aebench.nets.conv_base import ConvDecoderBase, ConvEncoderBase, Repeat, hidden, sizes
from aebench.nets.pooling import pool
from aebench.nets.sections.inception import InceptionDecoder, InceptionEncoder

Window = tuple[int, int]


class Pointwise(nn.Conv2d):
    """A convolution by 1 x 1, as a product of matrices: its output is in the channels-last layout.

    Of one input channel, oneDNN's takes five times as long and leaves the layout, which costs the
    layers after it as much again.
    """

    def forward(self, x: Tensor) -> Tensor:
        return F.linear(x.movedim(1, -1), self.weight.flatten(1), self.bias).movedim(-1, 1)


class InceptionBlock(nn.Module):
    """Four parallel branches: N x inputs x H x W -> N x channels x H x W.

    1 x 1; 1 x 1 and 3 x 3; 1 x 1 and 5 x 5; maximum over 3 x 3 and 1 x 1 (ibid., fig. 2b), with an
    activation after each convolution. They output 1/4, 1/2, 1/8 and 1/8 of the `channels`, and the
    reductions before 3 x 3 and 5 x 5 have 3/8 and 1/16, as in GoogLeNet's first block (table 1).
    `factorized` replaces the large windows (Szegedy et al. 2016, secs. 3.1 and 3.2).
    """

    def __init__(self, inputs: int, channels: int, config: InceptionEncoder | InceptionDecoder):
        super().__init__()
        self.config = config
        share = channels // 16
        self.branches = nn.ModuleList(
            [
                self._path(inputs, [(4 * share, (1, 1))]),
                self._path(inputs, [(6 * share, (1, 1)), *self._large(3, 6 * share, 8 * share)]),
                self._path(inputs, [(share, (1, 1)), *self._large(5, share, 2 * share)]),
                nn.Sequential(
                    nn.MaxPool2d(3, stride=1, padding=1),
                    self._path(inputs, [(2 * share, (1, 1))]),
                ),
            ]
        )

    def forward(self, x: Tensor) -> Tensor:
        # Pooling is eight times as fast in this layout, in which decoders do not give their maps.
        x = x.contiguous(memory_format=torch.channels_last)
        return torch.cat([branch(x) for branch in self.branches], dim=1)

    def _large(self, size: int, reduced: int, channels: int) -> list[tuple[int, Window]]:
        """The channels and windows of the convolutions that replace one of size x size.

        All but the last keep the reduced number of channels, to save weights.
        """
        factorized = self.config.factorized
        squares = [size] if factorized == "no" else [3] * (size // 2)
        windows: list[Window] = []
        for square in squares:
            asymmetric = [(1, square), (square, 1)]
            windows += asymmetric if factorized == "asymmetric" else [(square, square)]
        return [*((reduced, window) for window in windows[:-1]), (channels, windows[-1])]

    def _path(self, inputs: int, steps: list[tuple[int, Window]]) -> nn.Sequential:
        modules: list[nn.Module] = []
        for channels, (height, width) in steps:
            padding = (height // 2, width // 2)
            bias = not self.config.batch_norm
            layer = Pointwise if height == width == 1 else nn.Conv2d
            modules += [
                layer(inputs, channels, (height, width), padding=padding, bias=bias),
                *hidden(channels, self.config.unit, self.config),
            ]
            inputs = channels
        return nn.Sequential(*modules)


def encoder(config: InceptionEncoder, image_shape: Sequence[int], outputs: int) -> ConvEncoderBase:
    """N x C x H x W -> N x outputs: a block for each of `channels`, pooling after each."""
    levels = [
        nn.Sequential(InceptionBlock(before, channels, config), pool(config.downsample))
        for before, channels in pairwise([image_shape[0], *config.channels])
    ]
    lowest = sizes(image_shape, len(levels))[-1]
    return ConvEncoderBase(levels, config.channels[-1], lowest, outputs, config)


def decoder(config: InceptionDecoder, inputs: int, image_shape: Sequence[int]) -> ConvDecoderBase:
    """N x inputs -> logits N x C x H x W: upsampling before each block, a convolution at the end.

    The dense layer outputs the first of `channels`, the blocks the others.
    """
    rising = sizes(image_shape, len(config.channels))[::-1]
    layers: list[nn.Module] = [InceptionBlock(a, b, config) for a, b in pairwise(config.channels)]
    layers.append(nn.Conv2d(config.channels[-1], image_shape[0], 3, padding=1))
    levels = [
        nn.Sequential(Repeat(size), layer) for size, layer in zip(rising[1:], layers, strict=True)
    ]
    first = config.channels[0]
    after = hidden(first, config.unit, config)
    return ConvDecoderBase(inputs, first, rising[0], after, levels, config)
