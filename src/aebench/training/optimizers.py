"""Optimizers that the config can name: for each, its knobs and how it is built."""

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, NonNegativeFloat, PositiveFloat, model_validator

from aebench.schema import Section

if TYPE_CHECKING:
    from torch import nn
    from torch.optim import Optimizer

Momentum = Annotated[float, Field(ge=0, lt=1)]


class SGD(Section):
    """Gradient descent, with classical or Nesterov momentum (Sutskever et al. 2013)."""

    name: Literal["sgd"]
    lr: PositiveFloat
    momentum: Momentum = 0.0
    nesterov: bool = False
    weight_decay: NonNegativeFloat = 0.0

    @model_validator(mode="after")
    def _nesterov_has_momentum(self):
        if self.nesterov and not self.momentum:
            raise ValueError("nesterov: needs a momentum; allowed: true with momentum above 0")
        return self

    def build(self, module: "nn.Module") -> "Optimizer":
        from torch.optim import SGD

        return SGD(module.parameters(), **self.model_dump(exclude={"name"}), fused=True)


class AdamW(Section):
    """Adam with decoupled weight decay (Loshchilov & Hutter 2019); Adam where the decay is 0."""

    name: Literal["adamw"]
    lr: PositiveFloat
    beta1: Momentum = 0.9
    beta2: Momentum = 0.999
    weight_decay: NonNegativeFloat = 0.0

    def build(self, module: "nn.Module") -> "Optimizer":
        from torch.optim import AdamW

        return AdamW(
            module.parameters(),
            lr=self.lr,
            betas=(self.beta1, self.beta2),
            weight_decay=self.weight_decay,
            fused=True,
        )


class Muon(Section):
    """Orthogonalized momentum on weight matrices (Jordan et al. 2024), AdamW on the biases.

    The matrices' step is scaled to AdamW's size (Liu et al. 2025), so one `lr` serves both.
    """

    name: Literal["muon"]
    lr: PositiveFloat
    momentum: Momentum = 0.95
    weight_decay: NonNegativeFloat = 0.0
    iterations: Annotated[int, Field(ge=1, le=10)] = 5

    def build(self, module: "nn.Module") -> "Optimizer":
        from aebench.training.muon import MuonAdamW

        return MuonAdamW(
            module.parameters(),
            lr=self.lr,
            momentum=self.momentum,
            weight_decay=self.weight_decay,
            iterations=self.iterations,
        )


OptimizerConfig = Annotated[SGD | AdamW | Muon, Field(discriminator="name")]
