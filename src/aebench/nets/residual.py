"""Residual blocks (He et al. 2016b, "Identity mappings"), an encoder of them and its mirror."""

from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor, nn

from aebench.nets.base import ConvLevels
from aebench.nets.conv_base import ConvDecoderBase, ConvEncoderBase, Repeat, hidden, sizes
from aebench.nets.sections.residual import ResidualDecoder, ResidualEncoder


class ResidualBlock(nn.Module):
    """x + f(x), N x channels x H x W: norm, activation and 3 x 3 convolution, twice (fig. 4e)."""

    def __init__(self, channels: int, config: ConvLevels):
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

    A first convolution turns the image into the first of `channels`. Each level ends with a
    convolution of stride 2 to the next of `channels`; the last level keeps its own.
    """
    levels: list[nn.Sequential] = []
    for i, (channels, after) in enumerate(pairwise([*config.channels, config.channels[-1]])):
        first: list[nn.Module] = (
            [nn.Conv2d(image_shape[0], channels, 3, padding=1)] if i == 0 else []
        )
        halved = nn.Conv2d(channels, after, 3, stride=2, padding=1)
        levels.append(nn.Sequential(*first, *_blocks(channels, config), halved))
    levels[-1].extend(hidden(config.channels[-1], config.unit, config))
    lowest = sizes(image_shape, len(levels))[-1]
    return ConvEncoderBase(levels, config.channels[-1], lowest, outputs, config)


def decoder(config: ResidualDecoder, inputs: int, image_shape: Sequence[int]) -> ConvDecoderBase:
    """N x inputs -> logits N x C x H x W: blocks at each resolution, up to the image's.

    The dense layer outputs the first of `channels`. Each level upsamples, and a convolution to the
    next of `channels` precedes its blocks. A last convolution outputs the image.
    """
    rising = sizes(image_shape, len(config.channels))[::-1]
    levels: list[nn.Sequential] = []
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
