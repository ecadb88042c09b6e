"""The importance-weighted bound."""

from typing import TYPE_CHECKING, Literal

from pydantic import NonNegativeInt, PositiveInt

from aebench.core.schema import Section
from aebench.data.binarization import Binarization
from aebench.objectives.base import Objective, WeightPenalties

if TYPE_CHECKING:
    from aebench.objectives.criterion import Criterion


class FewDraws(Section):
    """`samples` draws in the first `epochs`."""

    samples: PositiveInt
    epochs: PositiveInt


class Iwae(Objective):
    """The negative importance-weighted bound of `samples` draws from the posterior."""

    name: Literal["iwae"] = "iwae"
    binarization: Binarization
    samples: PositiveInt
    # An epoch's cost grows with its draws, and the first ones need not have them all.
    first: FewDraws | None = None
    # Epochs over which the weight of log p(z) - log q(z|x) rises linearly from 0 to 1.
    kl_warmup: NonNegativeInt = 0
    penalties: WeightPenalties

    def build(self) -> "Criterion":
        from aebench.objectives import iwae

        return iwae.Iwae(self)
