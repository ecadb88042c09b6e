"""Batches cut from a tensor that already lies on the device."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from aebench.core.errors import InputError
from aebench.core.seeding import derive
from aebench.data.pixels import to_float


class Batches:
    """All of `inputs`, N x ..., in order and as float batches, for validation."""

    def __init__(self, inputs: Tensor, batch_size: int):
        self.inputs, self.batch_size = inputs, batch_size

    def __len__(self) -> int:
        return -(-len(self.inputs) // self.batch_size)

    def __iter__(self) -> Iterator[Tensor]:
        return map(to_float, self.inputs.split(self.batch_size))


class ChunkedBatches:
    """An epoch's batches in chunks of up to 10, in an order drawn from (seed, epoch).

    A chunk is K x batch_size x ..., of the inputs' type: Lightning's overhead of a training step is
    paid once per chunk, not once per update. The last, incomplete batch is dropped. `epoch()` is
    called when an epoch begins, so that a resumed training sees the same order.
    """

    CHUNK_LENGTH = 10

    def __init__(self, inputs: Tensor, batch_size: int, seed: int, epoch: Callable[[], int]):
        self.inputs, self.batch_size = inputs, min(batch_size, len(inputs))
        self.seed, self.epoch = seed, epoch

    @property
    def updates(self) -> int:
        """Batches in an epoch."""
        return len(self.inputs) // self.batch_size

    def __len__(self) -> int:
        return -(-self.updates // self.CHUNK_LENGTH)

    def __iter__(self) -> Iterator[Tensor]:
        generator = torch.Generator().manual_seed(derive(self.seed, "order", self.epoch()))
        order = torch.randperm(len(self.inputs), generator=generator).to(self.inputs.device)
        batches = order[: self.updates * self.batch_size].view(self.updates, self.batch_size)
        for indices in batches.split(self.CHUNK_LENGTH):
            yield self.inputs[indices]


def fixed_subset(images: Tensor, count: int) -> Tensor:
    """`count` of the images in their order, chosen alike for all seeds of a training.

    Raises InputError if that is more than all of them.
    """
    if count > len(images):
        raise InputError("training.images", f"{count} is not allowed", f"up to {len(images)}")
    generator = torch.Generator().manual_seed(derive("some images"))
    chosen = torch.randperm(len(images), generator=generator)[:count].sort().values
    return images[chosen.to(images.device)]
