"""Residual blocks (He et al. 2016b, "Identity mappings"), an encoder of them and its mirror."""

from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor, nn

from aebench.nets.base import Pyramid
from aebench.nets.conv_base import ConvDecoderBase, ConvEncoderBase, Repeat, hidden, sizes
from aebench.nets.sections.residual import ResidualDecoder, ResidualEncoder


class ResidualBlock(nn.Module):
    """x + f(x), N x channels x H x W both: norm, unit and a 3 x 3 convolution, twice (fig. 4e)."""

    def __init__(self, channels: int, config: Pyramid):
        super().__init__()
        self.layers = nn.Sequential(
            *hidden(channels, config.unit, config),
            nn.Conv2d(channels, channels, 3, padding=1, bias=not config.batch_norm),
            *hidden(channels, config.unit, config),
            nn.Conv2d(channels, channels, 3, padding=1),
        )

    def forward(self, x: Tensor) -> Tensor:
        return x + self.layers(x)


def encoder(config: ResidualEncoder, image_shape: Sequence[int], outputs: int) -> ConvEncoderBase:
    """N x C x H x W -> N x outputs: blocks at each resolution, from the image's downwards.

    A convolution makes the first of `channels` of the image; others, of stride 2, take each of them
    to the next, the last one keeping its number. So a level works before it halves H and W.
    """
    levels = []
    for i, (channels, after) in enumerate(pairwise([*config.channels, config.channels[-1]])):
        first = [nn.Conv2d(image_shape[0], channels, 3, padding=1)] if i == 0 else []
        halved = nn.Conv2d(channels, after, 3, stride=2, padding=1)
        levels.append(nn.Sequential(*first, *_blocks(channels, config), halved))
    levels[-1].extend(hidden(config.channels[-1], config.unit, config))
    lowest = sizes(image_shape, len(levels))[-1]
    return ConvEncoderBase(levels, config.channels[-1], lowest, outputs, config)


def decoder(config: ResidualDecoder, inputs: int, image_shape: Sequence[int]) -> ConvDecoderBase:
    """N x inputs -> logits N x C x H x W: blocks at each resolution, up to the image's.

    The dense layer gives the first of `channels`; before each level's blocks pixels are repeated
    and a convolution gives the next number of channels. A last one makes the image.
    """
    rising = sizes(image_shape, len(config.channels))[::-1]
    levels = []
    for size, (before, channels) in zip(
        rising[1:], pairwise([config.channels[0], *config.channels]), strict=True
    ):
        wider = nn.Conv2d(before, channels, 3, padding=1)
        levels.append(nn.Sequential(Repeat(size), wider, *_blocks(channels, config)))
    last = config.channels[-1]
    levels[-1].extend(
        [*hidden(last, config.unit, config), nn.Conv2d(last, image_shape[0], 3, padding=1)]
    )
    first = config.channels[0]
    lowest = _blocks(first, config)
    return ConvDecoderBase(inputs, first, rising[0], lowest, levels, config)


def _blocks(channels: int, config: ResidualEncoder | ResidualDecoder) -> list[nn.Module]:
    return [ResidualBlock(channels, config) for _ in range(config.blocks)]
