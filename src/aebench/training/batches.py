"""Batches cut from a tensor that already lies on the device, or in a mapped file."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import torch
from torch import Tensor

from aebench.core.errors import InputError
from aebench.core.seeding import derive
from aebench.data.chunks import rows
from aebench.data.pixels import in_chunks, to_float
from aebench.training.config import Order

# With the order `blocks`: bytes of a block, and how many blocks are in memory and shuffled at a
# time. Blocks are small, so that data that are sorted by class are mixed, too, and large enough to
# be read from a disk at its full speed.
BLOCK_BYTES, BLOCKS = 2**20, 256
# Most batches of a chunk, and most bytes of several.
MOST_BATCHES, CHUNK_BYTES = 10, 2**26


class Batches:
    """All of `inputs`, N x ..., in order and as float batches, for validation."""

    def __init__(self, inputs: Tensor):
        self.parts = in_chunks(inputs)

    def __len__(self) -> int:
        return len(self.parts)

    def __iter__(self) -> Iterator[Tensor]:
        return map(to_float, self.parts)


class ChunkedBatches:
    """An epoch's batches in chunks of up to 10, in an order drawn from (seed, epoch).

    A chunk is K x batch_size x ..., of the inputs' type: Lightning's overhead of a training step is
    paid once per chunk, not once per update. The last, incomplete batch is dropped. `epoch()` is
    called when an epoch begins, so that a resumed training sees the same order. Chunks of large
    images are shorter, to save memory.
    """

    def __init__(
        self,
        inputs: Tensor,
        batch_size: int,
        seed: int,
        epoch: Callable[[], int],
        order: Order = "full",
    ):
        self.inputs, self.batch_size = inputs, min(batch_size, len(inputs))
        self.seed, self.epoch, self.order = seed, epoch, order
        batch_bytes = self.batch_size * _bytes(inputs[0])
        self.chunk_length = max(1, min(MOST_BATCHES, CHUNK_BYTES // batch_bytes))

    @property
    def updates(self) -> int:
        """Batches in an epoch."""
        return len(self.inputs) // self.batch_size

    def __len__(self) -> int:
        return -(-self.updates // self.chunk_length)

    def __iter__(self) -> Iterator[Tensor]:
        # A generator, since Lightning asks for an iterator before it restores the epoch.
        generator = torch.Generator().manual_seed(derive(self.seed, "order", self.epoch()))
        if self.order == "blocks":
            yield from self._by_blocks(generator)
            return
        order = torch.randperm(len(self.inputs), generator=generator).to(self.inputs.device)
        batches = order[: self.updates * self.batch_size].view(self.updates, self.batch_size)
        for indices in batches.split(self.chunk_length):
            yield self.inputs[indices]

    def _by_blocks(self, generator: torch.Generator) -> Iterator[Tensor]:
        left = self.updates
        rest = self.inputs[:0]
        for group in self._groups(generator):
            rest = torch.cat([rest, group])
            while left and len(rest) >= (count := min(self.chunk_length, left) * self.batch_size):
                yield rest[:count].unflatten(0, (-1, self.batch_size))
                rest = rest[count:]
                left -= count // self.batch_size

    def _groups(self, generator: torch.Generator) -> Iterator[Tensor]:
        """All inputs, some blocks at a time, shuffled; the next ones are read meanwhile."""
        blocks = self.inputs.split(max(1, BLOCK_BYTES // _bytes(self.inputs[0])))
        groups = torch.randperm(len(blocks), generator=generator).split(BLOCKS)

        def read(group: Tensor) -> Tensor:
            images = torch.cat([blocks[i] for i in group.tolist()])
            order = torch.randperm(len(images), generator=generator)
            return images[order.to(images.device)]

        with ThreadPoolExecutor(1) as reader:
            following = reader.submit(read, groups[0])
            for group in groups[1:]:
                current, following = following, reader.submit(read, group)
                yield current.result()
            yield following.result()


def fixed_subset(images: Tensor, count: int) -> Tensor:
    """`count` of the images in their order, chosen alike for all seeds of a training.

    Raises InputError if that is more than all of them.
    """
    check_subset(count, len(images))
    generator = torch.Generator().manual_seed(derive("some images"))
    chosen = torch.randperm(len(images), generator=generator)[:count].sort().values
    if images.device.type == "cpu":
        return torch.from_numpy(rows(images.numpy(), chosen.numpy()))
    return images[chosen.to(images.device)]


def check_subset(count: int, of: int) -> None:
    """Raise InputError if a subset of `of` images has more."""
    if count > of:
        raise InputError("training.images", f"{count} is not allowed", f"up to {of}")


def _bytes(tensor: Tensor) -> int:
    return tensor.numel() * tensor.element_size()
