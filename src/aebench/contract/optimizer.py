"""The contract of optimizers."""

import io
from typing import Any

import torch
from torch import Tensor, nn

from aebench.training.optimizers.base import Optimizer

STEPS = 200
# Updates before and after an interruption: fewer by the sign of a momentum could agree by chance.
CUT = 25


def check_learning(section: Optimizer) -> None:
    """It lowers the loss of a small regression, with finite weights."""
    task = _Task(section)
    before = task.loss().item()
    for _ in range(STEPS):
        task.step()
    after = task.loss().item()
    assert all(torch.isfinite(p).all() for p in task.net.parameters()), "weights are not finite"
    assert after < before, f"the loss goes from {before:.4g} to {after:.4g} in {STEPS} updates"


def check_parameters(section: Optimizer) -> None:
    """It moves all parameters of the module."""
    task = _Task(section)
    before = [p.detach().clone() for p in task.net.parameters()]
    for _ in range(5):
        task.step()
    for (name, now), was in zip(task.net.named_parameters(), before, strict=True):
        assert not torch.equal(now, was), f"{name} does not move"


def check_rate(section: Optimizer) -> None:
    """It follows the schedule: its groups have `lr`, and with a rate of 0 nothing moves."""
    task = _Task(section)
    task.step()
    for group in task.optimizer.param_groups:
        assert "lr" in group, "a group of its parameters has no 'lr'"
        group["lr"] = 0.0
    if section.uses_closure:
        # A line search takes the rate only as its first step.
        return
    before = [p.detach().clone() for p in task.net.parameters()]
    task.step()
    moved = [not torch.equal(p, was) for p, was in zip(task.net.parameters(), before, strict=True)]
    assert not any(moved), "weights move although the rate is 0"


def check_seed(section: Optimizer) -> None:
    """The same seed gives the same bytes."""
    first, second = _Task(section), _Task(section)
    for task in (first, second):
        torch.manual_seed(1)
        for _ in range(5):
            task.step()
    assert first.equals(second), "two equal trainings end with different weights"


def check_resume(section: Optimizer) -> None:
    """An interrupted training continues from its state_dict to the same bytes."""
    whole, interrupted = _Task(section), _Task(section)
    for task in (whole, interrupted):
        torch.manual_seed(1)
        for _ in range(CUT):
            task.step()
    file = io.BytesIO()
    torch.save([interrupted.net.state_dict(), interrupted.optimizer.state_dict()], file)
    file.seek(0)
    weights, state = torch.load(file, weights_only=True)
    resumed = _Task(section)
    resumed.net.load_state_dict(weights)
    resumed.optimizer.load_state_dict(state)
    for task in (whole, resumed):
        torch.manual_seed(2)
        for _ in range(CUT):
            task.step()
    assert whole.equals(resumed), "its state_dict lacks values that its steps depend on"


class _Task:
    """A small net that learns a smooth function."""

    def __init__(self, section: Optimizer):
        torch.manual_seed(0)
        self.section = section
        self.net = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 2))
        self.inputs = torch.randn(64, 4)
        self.targets = torch.stack([self.inputs.sum(1).sin(), self.inputs.prod(1)], 1)
        self.optimizer = section.build(self.net)

    def loss(self) -> Tensor:
        return (self.net(self.inputs) - self.targets).square().mean()

    def step(self) -> None:
        # torch's annotation says float; Lightning and all its optimizers pass the tensor on.
        def closure() -> Any:
            self.optimizer.zero_grad()
            loss = self.loss()
            loss.backward(create_graph=self.section.second_order)
            return loss

        self.optimizer.step(closure)

    def equals(self, other: "_Task") -> bool:
        pairs = zip(self.net.parameters(), other.net.parameters(), strict=True)
        return all(torch.equal(a, b) for a, b in pairs)
