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
            return torch.bernoulli(grey)
        case "fixed":
            generator = torch.Generator().manual_seed(0)
            return torch.bernoulli(grey.cpu(), generator=generator).to(grey.device)


def in_chunks(images: Tensor, size: int = 1000) -> tuple[Tensor, ...]:
    """Consecutive parts of at most `size` images, for passes without a gradient."""
    return images.split(size)
