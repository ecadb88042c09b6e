"""An update as one CUDA graph: hundreds of small kernels, launched at once."""

import warnings
from collections.abc import Callable
from functools import cache

import torch
from torch import Tensor

# Of each part of a batch: the means of the objective's terms, and over how many images.
LossTerms = list[tuple[dict[str, Tensor], int]]
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

    `gradients(batch)` adds the batch's gradients to the parameters', and tells of its terms; in
    another phase of the objective another update is recorded. Random numbers are those that the
    generator would give without a record, so that both ways give the same bytes; `record` says
    whether there is to be one. There is none, either, once the last update before it made the CPU
    wait for the GPU, as far as PyTorch notices; a wait that it does not notice ends the training
    with PyTorch's error. See "CUDA Graphs" in PyTorch's notes on CUDA semantics.
    """

    def __init__(
        self,
        optimizer: torch.optim.Optimizer,
        gradients: Callable[[Tensor], LossTerms],
        record: bool,
    ):
        self.step, self.gradients, self.record = ScaledStep(optimizer), gradients, record
        self.phase: int | None = None
        self.updates = 0
        self.graph: torch.cuda.CUDAGraph | None = None
        self.batch: Tensor | None = None
        self.told: LossTerms = []

    def __call__(self, batch: Tensor, phase: int) -> LossTerms:
        """Update by this batch. The next update overwrites the tensors that are told."""
        if phase != self.phase:
            self.phase, self.updates, self.graph = phase, 0, None
        self.step.follow()
        self.updates += 1
        if not self.record or self.updates < WARMUP:
            return self._apart(batch)
        if self.updates == WARMUP:
            waits, told = _waits(lambda: self._apart(batch))
            self.record = not waits
            return told
        if self.graph is None:
            self._record(batch)
        self.batch.copy_(batch)
        self.graph.replay()
        return self.told

    def _apart(self, batch: Tensor) -> LossTerms:
        """On the stream that is recorded later, as PyTorch asks for."""
        here, there = torch.cuda.current_stream(), _stream()
        there.wait_stream(here)
        with torch.cuda.stream(there):
            told = self._update(batch)
        here.wait_stream(there)
        return told

    def _record(self, batch: Tensor) -> None:
        self.batch, self.graph = torch.empty_like(batch), torch.cuda.CUDAGraph()
        with torch.cuda.graph(self.graph, stream=_stream()):
            self.told = self._update(self.batch)

    def _update(self, batch: Tensor) -> LossTerms:
        self.step.optimizer.zero_grad()
        told = self.gradients(batch)
        self.step()
        return told


@cache
def _stream() -> torch.cuda.Stream:
    # One for all trainings: cuBLAS keeps memory for each.
    return torch.cuda.Stream()


def _waits(update: Callable[[], LossTerms]) -> tuple[bool, LossTerms]:
    """Whether the CPU waits for the GPU in an update, and what that tells."""
    mode = torch.cuda.get_sync_debug_mode()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        # PyTorch's note on the mode itself.
        warnings.filterwarnings("ignore", "Synchronization debug mode")
        torch.cuda.set_sync_debug_mode("warn")
        try:
            told = update()
        finally:
            torch.cuda.set_sync_debug_mode(mode)
    waits = [one for one in caught if "synchronizing CUDA operation" in str(one.message)]
    for one in caught:
        if one not in waits:
            warnings.warn_explicit(one.message, one.category, one.filename, one.lineno)
    return bool(waits), told
