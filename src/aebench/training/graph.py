"""A whole update as one CUDA graph: hundreds of small kernels in a single launch."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import torch
from torch import Tensor

# For each part of a batch, the means of the objective's terms and the number of images.
LossTerms = list[tuple[dict[str, Tensor], int]]
# Updates before the recorded one; they create the optimizer's state.
WARMUP = 3


class ScaledStep:
    """An optimizer's step at learning rate 1, scaled on the device to the current rate.

    A graph replays the Python numbers it was recorded with, but a schedule changes the rate. Only
    for optimizers whose steps are linear in the rate.
    """

    def __init__(self, optimizer: torch.optim.Optimizer):
        self.optimizer = optimizer
        self.groups: list[list[Tensor]] = [group["params"] for group in optimizer.param_groups]
        self.before = [[p.detach().clone() for p in group] for group in self.groups]
        self.rates = [torch.ones((), device=group[0].device) for group in self.groups]

    def update_rates(self) -> None:
        """Copy the rates that the schedule has set to the device."""
        for rate, group in zip(self.rates, self.optimizer.param_groups, strict=True):
            rate.fill_(group["lr"])

    @torch.no_grad()
    def __call__(self) -> None:
        settings: list[dict[str, Any]] = [dict(group) for group in self.optimizer.param_groups]
        for now, before in zip(self.groups, self.before, strict=True):
            torch._foreach_copy_(before, now)
        for group in self.optimizer.param_groups:
            group.update(lr=1.0, capturable=True)
        self.optimizer.step()
        for group, saved in zip(self.optimizer.param_groups, settings, strict=True):
            group.clear()
            group.update(saved)
        for now, before, rate in zip(self.groups, self.before, self.rates, strict=True):
            torch._foreach_sub_(now, before)
            torch._foreach_mul_(now, rate)
            torch._foreach_add_(now, before)


@dataclass
class Recording:
    """A recorded update: replaying `graph` reads `batch` and writes `terms`."""

    graph: torch.cuda.CUDAGraph
    batch: Tensor
    terms: LossTerms


class GraphedUpdate:
    """Updates by batches of one shape: a few run eagerly, the next is recorded, then replayed.

    `gradients(batch)` adds the batch's gradients to the parameters' and returns the loss terms.
    Each phase of the objective has its own recording. The random numbers are those of eager
    updates, so both ways give the same bytes. Nothing is recorded without `record`, nor if the last
    eager update made the CPU wait for the GPU as far as PyTorch notices; a wait that it does not
    notice ends the training with PyTorch's error. See "CUDA Graphs" in PyTorch's notes on CUDA
    semantics.
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
        self.recording: Recording | None = None

    def __call__(self, batch: Tensor, phase: int) -> LossTerms:
        """Update by this batch and return its loss terms, which the next update overwrites."""
        if phase != self.phase:
            self.phase, self.updates, self.recording = phase, 0, None
        self.step.update_rates()
        self.updates += 1
        if not self.record or self.updates < WARMUP:
            return self._eager(batch)
        if self.updates == WARMUP:
            waits, terms = _waits(lambda: self._eager(batch))
            self.record = not waits
            return terms
        if self.recording is None:
            self.recording = self._recorded(batch)
        self.recording.batch.copy_(batch)
        self.recording.graph.replay()
        return self.recording.terms

    def _eager(self, batch: Tensor) -> LossTerms:
        """Update on the stream that is recorded later, as PyTorch's notes ask for."""
        current, own = torch.cuda.current_stream(), _stream()
        own.wait_stream(current)
        with torch.cuda.stream(own):
            terms = self._update(batch)
        current.wait_stream(own)
        return terms

    def _recorded(self, batch: Tensor) -> Recording:
        batch, graph = torch.empty_like(batch), torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, stream=_stream()):
            terms = self._update(batch)
        return Recording(graph, batch, terms)

    def _update(self, batch: Tensor) -> LossTerms:
        self.step.optimizer.zero_grad()
        terms = self.gradients(batch)
        self.step()
        return terms


@cache
def _stream() -> torch.cuda.Stream:
    # Shared by all trainings: cuBLAS keeps a workspace for each stream.
    return torch.cuda.Stream()


def _waits(update: Callable[[], LossTerms]) -> tuple[bool, LossTerms]:
    """Run an update: whether the CPU waited for the GPU in it, and its loss terms."""
    mode = torch.cuda.get_sync_debug_mode()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        # PyTorch warns that the mode itself is a prototype.
        warnings.filterwarnings("ignore", "Synchronization debug mode")
        torch.cuda.set_sync_debug_mode("warn")
        try:
            terms = update()
        finally:
            torch.cuda.set_sync_debug_mode(mode)
    waits = [w for w in caught if "synchronizing CUDA operation" in str(w.message)]
    for warning in caught:
        if warning not in waits:
            warnings.warn_explicit(
                warning.message, warning.category, warning.filename, warning.lineno
            )
    return bool(waits), terms
