"""Stored pixels as inputs and targets of nets."""

import torch
from torch import Tensor

from aebench.data.binarization import Binarization


def to_float(images: Tensor) -> Tensor:
    """uint8 images as float in [0, 1]; float images are returned as they are."""
    return images.float().div_(255) if images.dtype == torch.uint8 else images


def to_uint8(images: Tensor) -> Tensor:
    """Float images in [0, 1] as uint8, rounded; uint8 images stay as they are."""
    return images if images.dtype == torch.uint8 else (images * 255).round().byte()


def binarize(images: Tensor, how: Binarization) -> Tensor:
    """uint8 images as float targets: grey, or 0 and 1 sampled with the grey value as probability.

    `stochastic` samples by the global generator, `fixed` by one with a constant seed: the result
    depends only on the images and their order.
    """
    grey = to_float(images)
    match how:
        case "none":
            return grey
        case "stochastic":
            return drawn(grey)
        case "fixed":
            generator = torch.Generator().manual_seed(0)
            return torch.bernoulli(grey.cpu(), generator=generator).to(grey.device)


def drawn(probabilities: Tensor) -> Tensor:
    """0 or 1 as float, 1 with these probabilities, rounded to multiples of 2^-16.

    Four pixels share a random number of 64 bits: drawing them is much of a small VAE's step.
    """
    count = probabilities.numel()
    numbers = torch.empty(-(-count // 4), dtype=torch.int64, device=probabilities.device)
    bits = numbers.random_(-(2**63), None).view(torch.int16)[:count].view_as(probabilities)
    # The middles of 2^16 intervals are compared, so that 0 is never drawn as 1, nor 1 as 0.
    limits = probabilities * 2**16 - (2**15 + 0.5)
    return torch.lt(bits.float(), limits, out=limits)


def in_chunks(images: Tensor, size: int = 1000) -> tuple[Tensor, ...]:
    """Consecutive parts of at most `size` images, for passes without a gradient."""
    return images.split(size)
