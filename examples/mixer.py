"""`net: mixer`: dense layers along the rows of an image, then along its columns."""

from typing import Literal

from torch import nn

from aebench.nets.base import Decoder, Encoder


class Along(nn.Module):
    """x + f(x) along one dimension of N x C x H x W, with a hidden layer in f."""

    def __init__(self, size: int, hidden: int, dim: int):
        super().__init__()
        self.dim = dim
        self.layers = nn.Sequential(nn.Linear(size, hidden), nn.GELU(), nn.Linear(hidden, size))

    def forward(self, x):
        return x + self.layers(x.transpose(self.dim, -1)).transpose(self.dim, -1)


class MixerEncoder(Encoder):
    net: Literal["mixer"]
    hidden: int = 32

    def build(self, image_shape, outputs):
        channels, height, width = image_shape
        mixing = [Along(height, self.hidden, dim=-2), Along(width, self.hidden, dim=-1)]
        return nn.Sequential(*mixing, nn.Flatten(), nn.Linear(channels * height * width, outputs))


class MixerDecoder(Decoder):
    net: Literal["mixer"]
    hidden: int = 32

    def build(self, inputs, image_shape):
        channels, height, width = image_shape
        first = [nn.Linear(inputs, channels * height * width), nn.Unflatten(1, tuple(image_shape))]
        return nn.Sequential(*first, Along(height, self.hidden, -2), Along(width, self.hidden, -1))
