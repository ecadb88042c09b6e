"""The PixelCNN (van den Oord et al. 2016a): pixels one after another, each given those before."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aebench.models.sections.vae import PixelCNN
from aebench.nets.activations import activation


class CausalConv2d(nn.Conv2d):
    """A convolution that sees, of N x inputs x H x W, the rows above and what lies to the left.

    With `centre` also the pixel itself (mask B; without it mask A, ibid., fig. 2). `kernel` is odd;
    the rows below the centre, which a mask would hide, are left out.
    """

    def __init__(self, inputs: int, outputs: int, kernel: int, centre: bool):
        half = kernel // 2
        super().__init__(inputs, outputs, (half + 1, kernel), padding=half)
        mask = torch.ones(half + 1, kernel)
        mask[-1, half + centre :] = 0
        # It follows from the sizes: saved weights need not hold it.
        self.register_buffer("mask", mask, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        seen = F.conv2d(x, self.weight * self.mask, self.bias, padding=self.padding)
        # Padding is alike above and below: the last rows would see rows of the future.
        return seen[..., : x.shape[-2], :]


class Block(nn.Module):
    """x + f(x), N x channels x H x W both: causal convolution and 1 x 1, after a unit each."""

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
    """Logits of pixels, ... x C x H x W, from images and what is known beforehand of each pixel.

    Those of a pixel depend on the pixels before it, row by row, and on all `given`: maps of ... x
    channels x H x W, which are added to the first hidden layer ("Conditional image generation with
    PixelCNN decoders", van den Oord et al. 2016b). A pixel's colours do not see each other.
    """

    def __init__(self, colours: int, config: PixelCNN):
        super().__init__()
        self.first = CausalConv2d(colours, config.channels, config.kernel, centre=False)
        self.blocks = nn.Sequential(*[Block(config) for _ in range(config.blocks)])
        self.last = nn.Sequential(activation(config.unit), nn.Conv2d(config.channels, colours, 1))
        # So many rows and columns away from a pixel is the farthest that its logits depend on.
        self.reach = config.kernel // 2 * (1 + config.blocks)

    def forward(self, images: Tensor, given: Tensor) -> Tensor:
        """Images are N x C x H x W, `given` ... x N x channels x H x W."""
        x = self.first(2 * images - 1) + given
        logits = self.last(self.blocks(x.flatten(0, -4)))
        return logits.reshape(*given.shape[:-3], *logits.shape[1:])

    @torch.no_grad()
    def draw(self, given: Tensor) -> Tensor:
        """Images drawn pixel by pixel, for N x channels x H x W: N x C x H x W, 0 or 1.

        It takes H W passes, each of no more pixels than the next one depends on.
        """
        height, width = given.shape[-2:]
        colours = self.last[-1].out_channels
        images = given.new_zeros(len(given), colours, height, width)
        for row in range(height):
            rows = slice(max(0, row - self.reach), row + 1)
            for column in range(width):
                left = max(0, column - self.reach)
                near = (..., rows, slice(left, column + self.reach + 1))
                logits = self(images[near], given[near])[..., -1, column - left]
                images[..., row, column] = torch.bernoulli(logits.float().sigmoid())
        return images.float()
