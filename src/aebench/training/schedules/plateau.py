"""The schedule that reduces the rate when the validation loss stops falling."""

from typing import TYPE_CHECKING, Literal

from aebench.core.counts import Count
from aebench.training.schedules.base import Schedule, Share

if TYPE_CHECKING:
    from torch.optim import Optimizer
    from torch.optim.lr_scheduler import LambdaLR


class ReduceOnPlateau(Schedule):
    """The rate times `gamma` after each `patience` epochs without a lower validation loss.

    The count restarts after each reduction. `patience` should be less than that of the training,
    which otherwise ends first.
    """

    name: Literal["reduce-on-plateau"]
    gamma: Share = 0.1
    patience: Count = 5

    def decay(self, progress: float) -> float:
        return 1.0

    def build(self, optimizer: "Optimizer", updates: int) -> "LambdaLR":
        from aebench.training.plateau import PlateauLR

        def warmup(update: int) -> float:
            return self.factor(update, updates)

        return PlateauLR(optimizer, warmup, self.gamma, self.patience)
