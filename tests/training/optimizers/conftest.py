"""Every optimizer, with a rate that suits a tiny net, and that net."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

from aebench.core.schema import parse
from aebench.training.optimizers.base import Optimizer

OPTIMIZERS: dict[str, dict[str, Any]] = {
    "sgd": {"name": "sgd", "lr": 0.01},
    "momentum": {"name": "sgd", "lr": 0.01, "momentum": 0.9},
    "nesterov": {"name": "sgd", "lr": 0.01, "momentum": 0.9, "nesterov": True},
    "sutskever": {"name": "sgd", "lr": 0.01, "momentum": 0.9, "momentum_schedule": "sutskever"},
    "normalized-gd": {"name": "normalized-gd", "lr": 0.1},
    "adagrad": {"name": "adagrad", "lr": 0.05},
    "adadelta": {"name": "adadelta", "lr": 2.0, "eps": 1e-4},
    "rmsprop": {"name": "rmsprop", "lr": 0.01, "momentum": 0.5},
    "adam": {"name": "adam", "lr": 0.01},
    "adamw": {"name": "adamw", "lr": 0.01, "weight_decay": 0.1},
    "nadam": {"name": "nadam", "lr": 0.01},
    "muon": {"name": "muon", "lr": 0.01, "weight_decay": 0.1},
    "shampoo": {"name": "shampoo", "lr": 0.02, "roots_every": 3},
    "soap": {"name": "soap", "lr": 0.01, "bases_every": 3},
    "kron": {"name": "kron", "lr": 0.01},
    "lbfgs": {"name": "lbfgs", "iterations": 4},
    "adahessian": {"name": "adahessian", "lr": 0.05},
}
X = torch.linspace(-1, 1, 60).reshape(20, 3)


class Problem:
    """A tiny autoencoder on X, its optimizer, and the gradients as the training asks for them."""

    def __init__(self, settings: dict[str, Any]):
        torch.manual_seed(0)
        self.net = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 3))
        self.section = parse(Optimizer, settings, "optimizer")
        self.optimizer = self.section.build(self.net)

    def gradients(self) -> torch.Tensor:
        self.optimizer.zero_grad()
        loss = (self.net(X) - X).square().sum(1).mean()
        loss.backward(create_graph=self.section.second_order)
        return loss

    def step(self) -> float:
        """The loss at which the step began."""
        return self.optimizer.step(self.gradients).item()

    @property
    def weights(self) -> dict[str, torch.Tensor]:
        return {name: p.detach().clone() for name, p in self.net.named_parameters()}


@pytest.fixture
def problem() -> Callable[..., Problem]:
    return Problem


@pytest.fixture(params=OPTIMIZERS)
def settings(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Each optimizer in turn."""
    return OPTIMIZERS[request.param]


@pytest.fixture
def vector() -> Callable[..., tuple[nn.Parameter, torch.optim.Optimizer]]:
    """`vector(settings, values)`: a parameter of these values in double precision, optimized."""

    def vector(settings: dict[str, Any], values: Any):
        module = nn.Module()
        module.p = nn.Parameter(torch.tensor(values, dtype=torch.float64))
        return module.p, parse(Optimizer, settings, "optimizer").build(module)

    return vector
