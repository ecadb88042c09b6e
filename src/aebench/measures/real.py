"""Real images and their labels in a fixed random order, to compare generated ones with."""

import torch
from torch import Tensor

from aebench.core.seeding import derive
from aebench.data.chunks import rows
from aebench.data.prepared import Prepared
from aebench.training.device import device


def shuffled(prepared: Prepared, part: str) -> Tensor:
    """The images of a part, uint8, on the device; files may be sorted by class."""
    images = prepared.part(part)[0]
    return torch.from_numpy(rows(images, permutation(len(images), part).numpy())).to(device())


def shuffled_labels(prepared: Prepared, part: str) -> Tensor:
    """Their labels, int64; the data must have some."""
    labels = prepared.part(part)[1]
    assert labels is not None
    return torch.from_numpy(labels).long()[permutation(len(labels), part)].to(device())


def permutation(count: int, part: str) -> Tensor:
    """A random order of a part's `count` images, always the same."""
    generator = torch.Generator().manual_seed(derive("shuffled", part))
    return torch.randperm(count, generator=generator)
