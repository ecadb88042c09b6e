"""Optimizers that the config can name: for each, its knobs and how it is built."""

from typing import Annotated

from pydantic import Field

from aebench.training.optimizers.adaptive import Adadelta, Adagrad, Adam, AdamW, NAdam, RMSprop
from aebench.training.optimizers.curvature import LBFGS, AdaHessian
from aebench.training.optimizers.descent import SGD, NormalizedGD
from aebench.training.optimizers.matrix import SOAP, Kron, Muon, Shampoo

__all__ = [
    "LBFGS",
    "SGD",
    "SOAP",
    "AdaHessian",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Kron",
    "Muon",
    "NAdam",
    "NormalizedGD",
    "OptimizerConfig",
    "RMSprop",
    "Shampoo",
]

OptimizerConfig = Annotated[
    SGD
    | NormalizedGD
    | Adagrad
    | Adadelta
    | RMSprop
    | Adam
    | AdamW
    | NAdam
    | Muon
    | Shampoo
    | SOAP
    | Kron
    | LBFGS
    | AdaHessian,
    Field(discriminator="name"),
]
