"""Likelihoods of pixels."""

from types import ModuleType
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from aebench.core.counts import Count
from aebench.core.schema import Added
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
    """Probabilities of `levels` evenly spaced grey values, all 256 by default."""

    name: Literal["discretized-logistic"] = "discretized-logistic"
    levels: Annotated[Count, Field(ge=2, le=256), Added(off=256)] = 256

    def build(self) -> Any:
        from aebench.models.likelihoods import discretized_logistic, few_levels

        if self.levels < discretized_logistic.LEVELS:
            return few_levels.FewLevels(self.levels)
        return discretized_logistic


class ColourLogistic(Likelihood):
    """Probabilities of 256 values of red, of green given red, and of blue given both."""

    name: Literal["colour-logistic"] = "colour-logistic"
    channels: ClassVar[int | None] = 3

    def build(self) -> ModuleType:
        from aebench.models.likelihoods import colour_logistic

        return colour_logistic


class BetaBinomial(Likelihood):
    """Probabilities of 256 grey values."""

    name: Literal["beta-binomial"] = "beta-binomial"

    def build(self) -> ModuleType:
        from aebench.models.likelihoods import beta_binomial

        return beta_binomial
