"""Real images that those which a model makes are compared with."""

import numpy as np
import torch
from torch import Tensor

from aebench.core.seeding import derive
from aebench.data.prepared import Prepared
from aebench.training.device import device


def shuffled(prepared: Prepared, part: str) -> Tensor:
    """The images of a part in an order that says nothing, on the device: files may be sorted."""
    images = torch.from_numpy(prepared.part(part)[0])
    return images[order(len(images), part)].to(device())


def shuffled_labels(prepared: Prepared, part: str) -> Tensor:
    """In the same order, int64."""
    labels = torch.from_numpy(prepared.part(part)[1]).long()
    return labels[order(len(labels), part)].to(device())


def order(count: int, part: str) -> Tensor:
    """Of `count` images: always the same one."""
    generator = torch.Generator().manual_seed(derive("shuffled", part))
    return torch.randperm(count, generator=generator)


def as_bytes(images: Tensor) -> np.ndarray:
    """uint8 or float images as uint8 ones, rounded."""
    pixels = images if images.dtype == torch.uint8 else (images * 255).round().byte()
    return pixels.cpu().numpy()
