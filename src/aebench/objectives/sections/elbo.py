"""The evidence lower bound."""

from typing import TYPE_CHECKING, Literal

from pydantic import NonNegativeFloat, PositiveFloat

from aebench.core.counts import Count, CountFrom0
from aebench.data.binarization import Binarization
from aebench.objectives.base import Objective, WeightPenalties

if TYPE_CHECKING:
    from aebench.objectives.criterion import Criterion


class Elbo(Objective):
    """The negative evidence lower bound, the KL term weighted by `beta`."""

    name: Literal["elbo"] = "elbo"
    binarization: Binarization
    beta: PositiveFloat = 1.0
    kl_warmup: CountFrom0 = 0
    # Nats of KL that are free in each part, averaged over a batch (Kingma et al. 2016). A part is a
    # latent, or with a VampPrior the whole code.
    free_bits: NonNegativeFloat = 0.0
    # Samples from the posterior over which log p(x|z) is averaged.
    samples: Count = 1
    penalties: WeightPenalties

    def build(self) -> "Criterion":
        from aebench.objectives import elbo

        return elbo.Elbo(self)
