"""Stored pixels as inputs and targets of nets."""

import itertools
from collections.abc import Iterable

import numpy as np
import torch
from torch import Tensor

from aebench.core.memory import allocate
from aebench.data.binarization import Binarization

# Values of an image, 128 x 128, beyond which fewer images are passed through a net at a time.
LARGE_VALUES = 2**14


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
    return grey if how == "none" else _sampled(grey, how, torch.Generator().manual_seed(0))


def binarized(images: Tensor, how: Binarization) -> Tensor:
    """The same targets as uint8, of which 0 and 255 stand for 0 and 1, in bounded memory."""
    if how == "none":
        return images
    if images.device.type != "cpu":
        return to_uint8(binarize(images, how))
    targets = torch.from_numpy(allocate(images.shape, np.uint8, "binarized images"))
    # Of four images, since four pixels share a random number: so parts come to what all do at once.
    step = 4 * max(1, at_a_time(images, 1000) // 4)
    fixed = torch.Generator().manual_seed(0)
    for place, part in zip(targets.split(step), images.split(step), strict=True):
        place.copy_(_sampled(to_float(part), how, fixed).mul_(255))
    return targets


def _sampled(grey: Tensor, how: Binarization, fixed: torch.Generator) -> Tensor:
    if how == "stochastic":
        return drawn(grey)
    return torch.bernoulli(grey.cpu(), generator=fixed).to(grey.device)


def joined(parts: Iterable[Tensor], count: int, what: str) -> Tensor:
    """Consecutive parts of a tensor of `count` rows; in a mapped file if memory has no room.

    Raises InputError, which names `what`, if a disk has none either.
    """
    parts = iter(parts)
    first = next(parts)
    if first.device.type != "cpu":
        return torch.cat([first, *parts])
    numbers = first.numpy()
    whole = torch.from_numpy(allocate((count, *numbers.shape[1:]), numbers.dtype, what))
    start = 0
    for part in itertools.chain([first], parts):
        whole[start : start + len(part)] = part
        start += len(part)
    return whole


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


def in_chunks(images: Tensor) -> tuple[Tensor, ...]:
    """Consecutive parts of at most 1000 images, for passes without a gradient."""
    return images.split(at_a_time(images, 1000))


def at_a_time(images: Tensor, most: int) -> int:
    """How many of the images a net is given at a time: `most`, or fewer of large ones."""
    values = images[0].numel() if len(images) else 1
    return max(1, min(most, most * LARGE_VALUES // values))
