"""The convolutional encoder and its mirror image."""

from collections.abc import Sequence
from itertools import pairwise

from torch import nn

from aebench.nets.conv_base import ConvDecoderBase, ConvEncoderBase, Repeat, hidden, sizes
from aebench.nets.pooling import pool
from aebench.nets.sections.conv import ConvDecoder, ConvEncoder


def encoder(config: ConvEncoder, image_shape: Sequence[int], outputs: int) -> ConvEncoderBase:
    """N x C x H x W -> N x outputs: a convolution for each of `channels`, each halving H and W."""
    strided = config.downsample == "stride"
    levels: list[nn.Module] = []
    for before, channels in pairwise([image_shape[0], *config.channels]):
        layer = nn.Conv2d(
            before,
            channels,
            config.kernel,
            stride=2 if strided else 1,
            padding=config.kernel // 2,
            bias=not config.batch_norm,
        )
        pooling: list[nn.Module] = (
            [] if config.downsample == "stride" else [pool(config.downsample)]
        )
        levels.append(nn.Sequential(layer, *hidden(channels, config.unit, config), *pooling))
    lowest = sizes(image_shape, len(levels))[-1]
    return ConvEncoderBase(levels, config.channels[-1], lowest, outputs, config)


def decoder(config: ConvDecoder, inputs: int, image_shape: Sequence[int]) -> ConvDecoderBase:
    """N x inputs -> logits N x C x H x W: a convolution from each of `channels`, doubling H and W.

    The dense layer outputs the first of `channels`; the last convolution outputs the image, without
    an activation.
    """
    rising = sizes(image_shape, len(config.channels))[::-1]
    levels = []
    for i, (before, channels) in enumerate(pairwise([*config.channels, image_shape[0]])):
        inner = i < len(config.channels) - 1
        bias = not (config.batch_norm and inner)
        layers = _doubled(config, before, channels, rising[i], rising[i + 1], bias)
        after = hidden(channels, config.unit, config) if inner else []
        levels.append(nn.Sequential(*layers, *after))
    first = config.channels[0]
    after = hidden(first, config.unit, config)
    return ConvDecoderBase(inputs, first, rising[0], after, levels, config)


def _doubled(
    config: ConvDecoder,
    before: int,
    channels: int,
    size: tuple[int, int],
    target: tuple[int, int],
    bias: bool,
) -> list[nn.Module]:
    """A convolution from feature maps of `size` to `target`, twice the size or 1 less."""
    kernel, padding = config.kernel, config.kernel // 2
    if config.upsample == "nearest":
        return [Repeat(target), nn.Conv2d(before, channels, kernel, padding=padding, bias=bias)]
    # Without output padding, the output has 2 n - 1 pixels.
    extra = (target[0] - (2 * size[0] - 1), target[1] - (2 * size[1] - 1))
    return [
        nn.ConvTranspose2d(
            before, channels, kernel, stride=2, padding=padding, output_padding=extra, bias=bias
        )
    ]
