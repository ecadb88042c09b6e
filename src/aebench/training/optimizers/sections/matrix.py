"""Optimizers that treat a weight matrix as a matrix."""

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field, NonNegativeFloat, PositiveFloat

from aebench.core.counts import Count
from aebench.training.optimizers.base import Momentum, Optimizer

if TYPE_CHECKING:
    from torch import nn, optim


class Muon(Optimizer):
    """Orthogonalized momentum on weight matrices and kernels (Jordan et al. 2024), AdamW on biases.

    The matrices' step is scaled to AdamW's size (Liu et al. 2025), so one `lr` serves both.
    """

    name: Literal["muon"]
    cuda_graphable: ClassVar[bool] = True
    momentum: Momentum = 0.95
    weight_decay: NonNegativeFloat = 0.0
    iterations: Annotated[int, Field(ge=1, le=10)] = 5

    def build(self, module: "nn.Module") -> "optim.Optimizer":
        from aebench.training.optimizers.muon import MuonAdamW

        return MuonAdamW(
            module,
            lr=self.lr,
            momentum=self.momentum,
            weight_decay=self.weight_decay,
            iterations=self.iterations,
        )


class Shampoo(Optimizer):
    """A preconditioner for each side of a matrix (Gupta et al. 2018), Adam on the biases.

    Steps have the length of Adam's ("grafting", Anil et al. 2020), so rates are like Adam's. The
    preconditioners' inverse roots, which dominate the cost, are computed every `roots_every`
    updates, and more often before the first of these. `weight_decay` is decoupled.
    """

    name: Literal["shampoo"]
    beta1: Momentum = 0.9
    beta2: Momentum = 0.999
    roots_every: Count = 10
    eps: PositiveFloat = 1e-6
    weight_decay: NonNegativeFloat = 0.0

    def build(self, module: "nn.Module") -> "optim.Optimizer":
        from aebench.training.optimizers.shampoo import GraftedShampoo

        return GraftedShampoo(
            module.parameters(),
            lr=self.lr,
            betas=(self.beta1, self.beta2),
            weight_decay=self.weight_decay,
            roots_every=self.roots_every,
            eps=self.eps,
        )


class SOAP(Optimizer):
    """Adam in the eigenbasis of Shampoo's preconditioners (Vyas et al. 2025), Adam on biases.

    The bases are updated every `bases_every` updates. The first update only fills the
    preconditioners and leaves the weights. `weight_decay` is decoupled.
    """

    name: Literal["soap"]
    beta1: Momentum = 0.95
    beta2: Momentum = 0.95
    bases_every: Count = 10
    weight_decay: NonNegativeFloat = 0.0

    def build(self, module: "nn.Module") -> "optim.Optimizer":
        from pytorch_optimizer import SOAP

        return SOAP(
            module.parameters(),
            lr=self.lr,
            betas=(self.beta1, self.beta2),
            weight_decay=self.weight_decay,
            precondition_frequency=self.bases_every,
        )


class Kron(Optimizer):
    """Preconditioned descent with learned Kronecker factors, PSGD (Li 2018; Pooladzandi & Li 2024).

    The factor of a matrix's longer side is diagonal. The factors are updated in each of the first
    500 updates, then ever more rarely. `weight_decay` is decoupled, and spares biases.
    """

    name: Literal["kron"]
    momentum: Momentum = 0.9
    weight_decay: NonNegativeFloat = 0.0

    def build(self, module: "nn.Module") -> "optim.Optimizer":
        from pytorch_optimizer import Kron

        return Kron(
            module.parameters(),
            lr=self.lr,
            momentum=self.momentum,
            weight_decay=self.weight_decay,
            memory_save_mode="one_diag",
            # Balancing does not change a step. Its time is drawn by numpy, which is not seeded
            # here, so balance always.
            balance_prob=1.0,
        )
