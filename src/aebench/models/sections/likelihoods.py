"""Likelihoods of pixels."""

from types import ModuleType
from typing import Literal

from aebench.models.base import Likelihood


class Bernoulli(Likelihood):
    """Probabilities of 0 and 1."""

    name: Literal["bernoulli"] = "bernoulli"

    def build(self) -> ModuleType:
        from aebench.models.likelihoods import bernoulli

        return bernoulli


class ContinuousBernoulli(Likelihood):
    """A density on [0, 1]."""

    name: Literal["continuous-bernoulli"] = "continuous-bernoulli"

    def build(self) -> ModuleType:
        from aebench.models.likelihoods import continuous_bernoulli

        return continuous_bernoulli


class DiscretizedLogistic(Likelihood):
    """Probabilities of 256 grey values."""

    name: Literal["discretized-logistic"] = "discretized-logistic"

    def build(self) -> ModuleType:
        from aebench.models.likelihoods import discretized_logistic

        return discretized_logistic


class BetaBinomial(Likelihood):
    """Probabilities of 256 grey values."""

    name: Literal["beta-binomial"] = "beta-binomial"

    def build(self) -> ModuleType:
        from aebench.models.likelihoods import beta_binomial

        return beta_binomial
