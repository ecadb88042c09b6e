"""Base classes of convolutional encoders and decoders: levels, each at half the resolution."""

from collections.abc import Sequence

from torch import Tensor, nn

from aebench.nets.activations import Activation, activation
from aebench.nets.base import ConvLevels, Regularized
from aebench.nets.dense import Dense


def sizes(image_shape: Sequence[int], levels: int) -> list[tuple[int, int]]:
    """Height and width before the first level and after each; halves are rounded up."""
    resolutions = [(image_shape[-2], image_shape[-1])]
    for _ in range(levels):
        height, width = resolutions[-1]
        resolutions.append(((height + 1) // 2, (width + 1) // 2))
    return resolutions


def hidden(channels: int, name: Activation, config: Regularized) -> list[nn.Module]:
    """The modules after a hidden layer: batch normalization if it is on, and the activation."""
    norm = [nn.BatchNorm2d(channels)] if config.batch_norm else []
    return [*norm, activation(name)]


class ConvEncoderBase(nn.Module):
    """N x C x H x W -> levels -> dense layers -> N x outputs, with dropout after each level.

    The last level outputs `channels` feature maps of `size`.
    """

    def __init__(
        self,
        levels: Sequence[nn.Module],
        channels: int,
        size: tuple[int, int],
        outputs: int,
        config: ConvLevels,
    ):
        super().__init__()
        self.levels = nn.ModuleList(levels)
        self.dropout = nn.Dropout(config.dropout)
        self.dense = _dense([channels * size[0] * size[1], *config.dense, outputs], config)

    def forward(self, images: Tensor) -> Tensor:
        x = images
        for level in self.levels:
            x = self.dropout(level(x))
        return self.dense(x.flatten(1))


class ConvDecoderBase(nn.Module):
    """N x inputs -> dense layers -> levels -> N x C x H x W, with dropout before each level.

    The last dense layer outputs `channels` feature maps of `size`, followed by `after`, their norm
    and activation.
    """

    def __init__(
        self,
        inputs: int,
        channels: int,
        size: tuple[int, int],
        after: Sequence[nn.Module],
        levels: Sequence[nn.Module],
        config: ConvLevels,
    ):
        super().__init__()
        self.shape = (channels, *size)
        self.dense = _dense([inputs, *config.dense, channels * size[0] * size[1]], config)
        self.after = nn.Sequential(*after)
        self.levels = nn.ModuleList(levels)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, codes: Tensor) -> Tensor:
        x = self.after(self.dense(codes).unflatten(1, self.shape))
        for level in self.levels:
            x = level(self.dropout(x))
        return x


def _dense(sizes: Sequence[int], config: ConvLevels) -> nn.Module:
    if len(sizes) == 2:
        return nn.Linear(sizes[0], sizes[1])
    return Dense(sizes, config.unit, dropout=config.dropout, batch_norm=config.batch_norm)


class Repeat(nn.Module):
    """Nearest-neighbour upsampling by 2, cropped to `size`: N x C x h x w -> N x C x size."""

    def __init__(self, size: tuple[int, int]):
        super().__init__()
        self.size = size

    def forward(self, x: Tensor) -> Tensor:
        doubled = nn.functional.interpolate(x, scale_factor=2, mode="nearest")
        return doubled[..., : self.size[0], : self.size[1]]
