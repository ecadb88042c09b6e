"""What encoders and decoders of images have in common: levels, each of half the resolution."""

from collections.abc import Sequence

from torch import Tensor, nn

from aebench.nets.activations import Activation, activation
from aebench.nets.base import Pyramid, Regularized
from aebench.nets.dense import Dense


def sizes(image_shape: Sequence[int], levels: int) -> list[tuple[int, int]]:
    """Height and width at each level, from the image's downwards; halves are rounded up."""
    found = [(image_shape[-2], image_shape[-1])]
    for _ in range(levels):
        height, width = found[-1]
        found.append(((height + 1) // 2, (width + 1) // 2))
    return found


def hidden(channels: int, name: Activation, config: Regularized) -> list[nn.Module]:
    """What follows the layer of a feature map: batch normalization where it is on, and the unit."""
    norm = [nn.BatchNorm2d(channels)] if config.batch_norm else []
    return [*norm, activation(name)]


class ConvEncoderBase(nn.Module):
    """N x C x H x W through the levels and dense layers -> N x outputs; dropout after each level.

    The last level's feature maps have `channels` x `size`.
    """

    def __init__(
        self,
        levels: Sequence[nn.Module],
        channels: int,
        size: tuple[int, int],
        outputs: int,
        config: Pyramid,
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
    """N x inputs through dense layers and the levels -> N x C x H x W.

    The last dense layer makes feature maps of `channels` x `size`, which have `after` (their norm
    and unit) as other hidden layers do; dropout before each level.
    """

    def __init__(
        self,
        inputs: int,
        channels: int,
        size: tuple[int, int],
        after: Sequence[nn.Module],
        levels: Sequence[nn.Module],
        config: Pyramid,
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


def _dense(sizes: Sequence[int], config: Pyramid) -> nn.Module:
    if len(sizes) == 2:
        return nn.Linear(*sizes)
    return Dense(sizes, config.unit, dropout=config.dropout, batch_norm=config.batch_norm)


class Repeat(nn.Module):
    """Each pixel twice in both directions, cut to `size`: N x C x h x w -> N x C x size."""

    def __init__(self, size: tuple[int, int]):
        super().__init__()
        self.size = size

    def forward(self, x: Tensor) -> Tensor:
        doubled = nn.functional.interpolate(x, scale_factor=2, mode="nearest")
        return doubled[..., : self.size[0], : self.size[1]]
