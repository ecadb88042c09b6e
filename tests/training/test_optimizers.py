import pytest
import torch
from torch import nn

from aebench.schema import parse
from aebench.training.optimizers import OptimizerConfig
from aebench.training.schedules import ScheduleConfig

OPTIMIZERS = {
    "sgd": {"name": "sgd", "lr": 0.01},
    "momentum": {"name": "sgd", "lr": 0.01, "momentum": 0.9},
    "nesterov": {"name": "sgd", "lr": 0.01, "momentum": 0.9, "nesterov": True},
    "adamw": {"name": "adamw", "lr": 0.01, "weight_decay": 0.1},
    "muon": {"name": "muon", "lr": 0.01, "weight_decay": 0.1},
}
SCHEDULES = [
    {"name": "constant"},
    {"name": "cosine", "warmup": 5},
    {"name": "exponential", "final": 0.1},
]
X = torch.linspace(-1, 1, 60).reshape(20, 3)


def net(bias: bool = True) -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 4, bias), nn.Tanh(), nn.Linear(4, 3, bias))


def build(settings: dict, module: nn.Module) -> torch.optim.Optimizer:
    return parse(OptimizerConfig, settings, "optimizer").build(module)


def backward(module: nn.Module, optimizer: torch.optim.Optimizer) -> float:
    optimizer.zero_grad()
    loss = (module(X) - X).square().sum(1).mean()
    loss.backward()
    return loss.item()


@pytest.mark.parametrize("settings", OPTIMIZERS.values(), ids=OPTIMIZERS)
@pytest.mark.parametrize("schedule", SCHEDULES, ids=lambda schedule: schedule["name"])
def test_every_optimizer_learns_by_every_schedule(settings: dict, schedule: dict) -> None:
    module = net()
    optimizer = build(settings, module)
    factor = parse(ScheduleConfig, schedule, "schedule").factor
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda update: factor(update, 50))
    before = backward(module, optimizer)
    for update in range(50):
        for group in optimizer.param_groups:
            assert group["lr"] == pytest.approx(0.01 * factor(update, 50))
        backward(module, optimizer)
        optimizer.step()
        scheduler.step()
    assert backward(module, optimizer) < 0.9 * before


@pytest.mark.parametrize(
    ("settings", "decays"),
    [
        (OPTIMIZERS["adamw"], "decoupled"),
        (OPTIMIZERS["muon"], "decoupled"),
        (OPTIMIZERS["momentum"] | {"weight_decay": 0.1}, "in the gradient"),
    ],
    ids=lambda value: value["name"] if isinstance(value, dict) else value,
)
def test_how_weights_decay_where_the_loss_is_flat(settings: dict, decays: str) -> None:
    """Decoupled (Loshchilov & Hutter 2019): a factor 1 - lr * decay each update, no momentum."""
    module = net(bias=True)
    optimizer = build(settings, module)
    expected = {name: p.detach().clone() for name, p in module.named_parameters()}
    velocity = {name: torch.zeros_like(p) for name, p in expected.items()}
    for _ in range(3):
        for name, parameter in module.named_parameters():
            parameter.grad = torch.zeros_like(parameter)
            if decays == "decoupled":
                # Muon leaves what is no matrix undecayed.
                if settings["name"] == "adamw" or parameter.ndim == 2:
                    expected[name] *= 1 - 0.01 * 0.1
            else:
                velocity[name] = 0.9 * velocity[name] + 0.1 * expected[name]
                expected[name] -= 0.01 * velocity[name]
        optimizer.step()
    for name, parameter in module.named_parameters():
        torch.testing.assert_close(parameter.detach(), expected[name])


def test_adamw_is_adam_and_then_decay() -> None:
    decayed, plain = net(), net()
    with_decay = build({"name": "adamw", "lr": 0.01, "weight_decay": 0.5}, decayed)
    adam = torch.optim.Adam(plain.parameters(), lr=0.01)
    start = [p.detach().clone() for p in plain.parameters()]
    for module, optimizer in ((decayed, with_decay), (plain, adam)):
        backward(module, optimizer)
        optimizer.step()
    for a, b, before in zip(decayed.parameters(), plain.parameters(), start, strict=True):
        torch.testing.assert_close(a, b - 0.01 * 0.5 * before)


@pytest.mark.parametrize("nesterov", [False, True])
def test_momentum_is_that_of_sutskever(nesterov: bool) -> None:
    """In the form of Sutskever et al. 2013, the constant rate inside the velocity (eq. 1 to 4).

    Nesterov's gradient is taken where the velocity leads to; torch keeps that look-ahead point.
    """
    mu, lr = 0.9, 0.05
    curvature = torch.tensor([1.0, 3.0], dtype=torch.float64)
    parameter = nn.Parameter(torch.tensor([1.0, -2.0], dtype=torch.float64))
    module = nn.Module()
    module.register_parameter("p", parameter)
    settings = {"name": "sgd", "lr": lr, "momentum": mu, "nesterov": nesterov}
    optimizer = build(settings, module)
    theta, velocity = parameter.detach().clone(), torch.zeros(2, dtype=torch.float64)
    for _ in range(10):
        parameter.grad = curvature * parameter.detach()
        optimizer.step()
        ahead = theta + mu * velocity if nesterov else theta
        velocity = mu * velocity - lr * curvature * ahead
        theta = theta + velocity
        stored = theta + mu * velocity if nesterov else theta
        torch.testing.assert_close(parameter.detach(), stored)
