"""Batches cut from a tensor that already lies on the device."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from aebench.data.pixels import to_float
from aebench.seeding import derive


class Batches:
    """All of `inputs` in order, for passes without learning. N x ... in, float batches out."""

    def __init__(self, inputs: Tensor, batch_size: int):
        self.inputs, self.batch_size = inputs, batch_size

    def __len__(self) -> int:
        return -(-len(self.inputs) // self.batch_size)

    def __iter__(self) -> Iterator[Tensor]:
        return map(to_float, self.inputs.split(self.batch_size))


class ShuffledBatches(Batches):
    """Another order each epoch, drawn from (seed, epoch); the ragged rest is left out.

    `epoch` is asked when an epoch begins, so that a resumed training goes on in the right order.
    """

    def __init__(self, inputs: Tensor, batch_size: int, seed: int, epoch: Callable[[], int]):
        super().__init__(inputs, min(batch_size, len(inputs)))
        self.seed, self.epoch = seed, epoch

    def __len__(self) -> int:
        return len(self.inputs) // self.batch_size

    def __iter__(self) -> Iterator[Tensor]:
        generator = torch.Generator().manual_seed(derive(self.seed, "order", self.epoch()))
        order = torch.randperm(len(self.inputs), generator=generator).to(self.inputs.device)
        for indices in order[: len(self) * self.batch_size].split(self.batch_size):
            yield to_float(self.inputs[indices])
