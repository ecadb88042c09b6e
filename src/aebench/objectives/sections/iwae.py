"""The importance-weighted bound."""

from typing import TYPE_CHECKING, Literal

from aebench.core.counts import Count, CountFrom0
from aebench.core.schema import Section
from aebench.data.binarization import Binarization
from aebench.objectives.base import Objective, WeightPenalties

if TYPE_CHECKING:
    from aebench.objectives.criterion import Criterion


class FirstEpochs(Section):
    """`samples` importance samples in the first `epochs`."""

    samples: Count
    epochs: Count


class Iwae(Objective):
    """The negative importance-weighted bound with `samples` samples from the posterior."""

    name: Literal["iwae"] = "iwae"
    binarization: Binarization
    samples: Count
    # Fewer samples in the first epochs, whose cost grows with the samples; null: as many.
    first: FirstEpochs | None = None
    # Epochs over which the weight of log p(z) - log q(z|x) rises linearly from 0 to 1.
    kl_warmup: CountFrom0 = 0
    penalties: WeightPenalties

    def build(self) -> "Criterion":
        from aebench.objectives import iwae

        return iwae.Iwae(self)
