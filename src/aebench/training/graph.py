"""An update as one CUDA graph: hundreds of small kernels, launched at once."""

import warnings
from collections.abc import Callable

import torch
from torch import Tensor

# What gradients were computed of: the means of terms, and over how many images, of each part.
Told = list[tuple[dict[str, Tensor], int]]
# Updates before the one that is recorded; they make the optimizer's state.
WARMUP = 3


class ScaledStep:
    """An optimizer's step at a rate of 1, scaled on the device to the rate of the moment.

    A graph repeats the numbers that it was recorded with, and a schedule changes the rate; so this
    is for optimizers whose steps are linear in it.
    """

    def __init__(self, optimizer: torch.optim.Optimizer):
        self.optimizer = optimizer
        self.groups = [group["params"] for group in optimizer.param_groups]
        self.before = [[p.detach().clone() for p in group] for group in self.groups]
        self.rates = [torch.ones((), device=group[0].device) for group in self.groups]

    def follow(self) -> None:
        """Take over the rates that the schedule has set."""
        for rate, group in zip(self.rates, self.optimizer.param_groups, strict=True):
            rate.fill_(group["lr"])

    @torch.no_grad()
    def __call__(self) -> None:
        settings = [dict(group) for group in self.optimizer.param_groups]
        for now, before in zip(self.groups, self.before, strict=True):
            torch._foreach_copy_(before, now)
        for group in self.optimizer.param_groups:
            group.update(lr=1.0, capturable=True)
        self.optimizer.step()
        for group, were in zip(self.optimizer.param_groups, settings, strict=True):
            group.clear()
            group.update(were)
        for now, before, rate in zip(self.groups, self.before, self.rates, strict=True):
            torch._foreach_sub_(now, before)
            torch._foreach_mul_(now, rate)
            torch._foreach_add_(now, before)


class GraphedUpdate:
    """Updates by batches of one shape: some as they come, one recorded, then that one again.

    `gradients(batch)` adds the batch's gradients to the parameters', and tells of what. Random
    numbers are those that the generator would give without a record, so both ways give the same
    bytes. Where something in an update makes the CPU wait for the GPU, which cannot be recorded,
    all updates are made as they come. See "CUDA Graphs" in PyTorch's notes on CUDA semantics.
    """

    def __init__(self, optimizer: torch.optim.Optimizer, gradients: Callable[[Tensor], Told]):
        self.step, self.gradients = ScaledStep(optimizer), gradients
        self.stream = torch.cuda.Stream()
        self.done, self.waits = 0, False
        self.graph: torch.cuda.CUDAGraph | None = None

    def __call__(self, batch: Tensor) -> Told:
        """Update by this batch. The next update overwrites the tensors that are told."""
        self.step.follow()
        if self.graph is None:
            if self.waits or self.done < WARMUP:
                self.done += 1
                return self._apart(batch)
            self._record(batch)
        self.batch.copy_(batch)
        self.graph.replay()
        return self.told

    def _apart(self, batch: Tensor) -> Told:
        """On the stream that is recorded later, as PyTorch asks for; notes whether it waits."""
        here = torch.cuda.current_stream()
        self.stream.wait_stream(here)
        with torch.cuda.stream(self.stream), warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            torch.cuda.set_sync_debug_mode("warn")
            try:
                told = self._update(batch)
            finally:
                torch.cuda.set_sync_debug_mode("default")
        self.waits = any("synchronizing CUDA operation" in str(one.message) for one in caught)
        here.wait_stream(self.stream)
        return told

    def _record(self, batch: Tensor) -> None:
        self.batch = batch.clone()
        self.graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self.graph, stream=self.stream):
            self.told = self._update(self.batch)

    def _update(self, batch: Tensor) -> Told:
        self.step.optimizer.zero_grad()
        told = self.gradients(batch)
        self.step()
        return told
