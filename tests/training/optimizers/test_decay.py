"""How weights decay where the loss is flat."""

from typing import Any

import pytest
import torch

LR, DECAY = 0.01, 0.1
# Decoupled (Loshchilov & Hutter 2019): a factor 1 - lr * decay each update, no momentum.
DECOUPLED: dict[str, dict[str, Any]] = {
    "adamw": {},
    "muon": {},
    "shampoo": {},
    "soap": {},
    "kron": {},
}
# Leave what is no matrix as it is.
MATRICES = ("muon", "kron")


@pytest.mark.parametrize("name", DECOUPLED)
def test_decoupled(name: str, problem) -> None:
    tiny = problem({"name": name, "lr": LR, "weight_decay": DECAY})
    expected = tiny.weights
    # SOAP's first update only fills its preconditioners.
    updates = 4 if name == "soap" else 3
    for _ in range(updates):
        for parameter in tiny.net.parameters():
            parameter.grad = torch.zeros_like(parameter)
        tiny.optimizer.step()
    for key, value in tiny.weights.items():
        decays = value.ndim == 2 or name not in MATRICES
        factor = (1 - LR * DECAY) ** 3 if decays else 1.0
        torch.testing.assert_close(value, expected[key] * factor)


def test_in_the_gradient(problem) -> None:
    tiny = problem({"name": "sgd", "lr": LR, "momentum": 0.9, "weight_decay": DECAY})
    expected = tiny.weights
    velocity = {key: torch.zeros_like(value) for key, value in expected.items()}
    for _ in range(3):
        for parameter in tiny.net.parameters():
            parameter.grad = torch.zeros_like(parameter)
        tiny.optimizer.step()
        for key, value in expected.items():
            velocity[key] = 0.9 * velocity[key] + DECAY * value
            expected[key] = value - LR * velocity[key]
    for key, value in tiny.weights.items():
        torch.testing.assert_close(value, expected[key])
