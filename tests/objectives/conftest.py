"""What tests of several objectives use."""

from collections.abc import Callable

import pytest
import torch
from torch import nn


class Loss(nn.Module):
    """An objective's loss as a function of the trainable's parameters."""

    def __init__(self, objective, trainable: nn.Module):
        super().__init__()
        self.objective, self.trainable = objective, trainable

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        return self.objective(self.trainable, batch, epoch=1.0)["loss"]


@pytest.fixture
def finite_differences(monkeypatch: pytest.MonkeyPatch) -> Callable[..., bool]:
    """Whether an objective's gradients for all parameters are those of finite differences."""
    # Likelihoods are computed in float32 on purpose; here that would drown the differences.
    monkeypatch.setattr(torch.Tensor, "float", torch.Tensor.double)

    def agree(objective, trainable: nn.Module, batch: torch.Tensor) -> bool:
        loss = Loss(objective, trainable.double())
        names = [name for name, _ in loss.named_parameters()]

        def value(*parameters: torch.Tensor) -> torch.Tensor:
            torch.manual_seed(1)
            given = dict(zip(names, parameters, strict=True))
            return torch.func.functional_call(loss, given, (batch,))

        return torch.autograd.gradcheck(value, tuple(loss.parameters()))

    return agree
