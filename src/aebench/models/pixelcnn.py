"""The PixelCNN (van den Oord et al. 2016a): each pixel given those before it."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aebench.models.sections.vae import PixelCNN
from aebench.nets.activations import activation


class CausalConv2d(nn.Conv2d):
    """A convolution over the rows above a pixel and the pixels to its left.

    With `centre` also over the pixel itself (mask B; without it mask A, ibid., fig. 2). `kernel` is
    odd; its rows below the centre, which the mask would hide, are left out.
    """

    mask: Tensor

    def __init__(self, inputs: int, outputs: int, kernel: int, centre: bool):
        half = kernel // 2
        super().__init__(inputs, outputs, (half + 1, kernel), padding=half)
        mask = torch.ones(half + 1, kernel)
        mask[-1, half + centre :] = 0
        # Not saved with the weights: the sizes determine it.
        self.register_buffer("mask", mask, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        output = F.conv2d(x, self.weight * self.mask, self.bias, padding=self.padding)
        # Padding is also added below: the rows from it would see pixels that come later.
        return output[..., : x.shape[-2], :]


class Block(nn.Module):
    """x + f(x), N x channels x H x W: causal and 1 x 1 convolution, each after an activation."""

    def __init__(self, config: PixelCNN):
        super().__init__()
        channels = config.channels
        self.layers = nn.Sequential(
            activation(config.unit),
            CausalConv2d(channels, channels, config.kernel, centre=True),
            activation(config.unit),
            nn.Dropout(config.dropout),
            nn.Conv2d(channels, channels, 1),
        )

    def forward(self, x: Tensor) -> Tensor:
        return x + self.layers(x)


class ConditionalPixelCNN(nn.Module):
    """Logits of pixels, ... x C x H x W, from the pixels before each one and from maps `given`.

    Pixels are ordered row by row. `given`, ... x channels x H x W, is added to the first hidden
    layer ("Conditional image generation with PixelCNN decoders", van den Oord et al. 2016b). The
    colours of a pixel are independent of each other.
    """

    def __init__(self, colours: int, config: PixelCNN):
        super().__init__()
        self.first = CausalConv2d(colours, config.channels, config.kernel, centre=False)
        self.blocks = nn.Sequential(*[Block(config) for _ in range(config.blocks)])
        self.last = nn.Sequential(activation(config.unit), nn.Conv2d(config.channels, colours, 1))
        self.colours = colours
        # Logits depend on pixels at most so many rows and columns away.
        self.reach = config.kernel // 2 * (1 + config.blocks)

    def forward(self, images: Tensor, given: Tensor) -> Tensor:
        """Images are N x C x H x W, `given` ... x N x channels x H x W."""
        x = self.first(2 * images - 1) + given
        logits = self.last(self.blocks(x.flatten(0, -4)))
        return logits.reshape(*given.shape[:-3], *logits.shape[1:])

    @torch.no_grad()
    def draw(self, given: Tensor) -> Tensor:
        """Sample images pixel by pixel for maps N x channels x H x W: N x C x H x W, 0 or 1.

        Makes H W passes, each over only the pixels that the next one depends on.
        """
        height, width = given.shape[-2:]
        images = given.new_zeros(len(given), self.colours, height, width)
        for row in range(height):
            rows = slice(max(0, row - self.reach), row + 1)
            for column in range(width):
                left = max(0, column - self.reach)
                near = (..., rows, slice(left, column + self.reach + 1))
                logits = self(images[near], given[near])[..., -1, column - left]
                images[..., row, column] = torch.bernoulli(logits.float().sigmoid())
        return images.float()
