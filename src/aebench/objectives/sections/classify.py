"""The objective of classifiers."""

from typing import TYPE_CHECKING, Literal

from aebench.objectives.base import Objective, WeightPenalties

if TYPE_CHECKING:
    from aebench.objectives.criterion import Criterion


class Classify(Objective):
    """The cross-entropy of the true classes."""

    name: Literal["classify"] = "classify"
    penalties: WeightPenalties

    def build(self) -> "Criterion":
        from aebench.objectives import classify

        return classify.Classify(self)
