"""The base class of learning-rate schedules."""

from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from aebench.core.counts import CountFrom0
from aebench.core.registry import Kind

if TYPE_CHECKING:
    from torch.optim import Optimizer
    from torch.optim.lr_scheduler import LambdaLR

Share = Annotated[float, Field(gt=0, lt=1)]


class Schedule(Kind):
    """Factors on the optimizer's `lr`: a linear warmup over `warmup` updates, then `decay`.

    `decay` is a function of `progress`, the done share of the updates after the warmup, so that it
    does not depend on the number of epochs or of images.
    """

    kind: ClassVar[str] = "schedule"
    home: ClassVar[str] = "aebench.training.schedules"
    requires: ClassVar[tuple[str, ...]] = ("decay",)

    warmup: CountFrom0 = 0

    def factor(self, update: int, updates: int) -> float:
        """The factor for `update` (from 0) of `updates`."""
        if update < self.warmup:
            return (update + 1) / self.warmup
        return self.decay((update - self.warmup) / max(1, updates - self.warmup))

    def decay(self, progress: float) -> float:
        """The factor after the warmup, for `progress` from 0 to 1."""
        raise NotImplementedError

    def build(self, optimizer: "Optimizer", updates: int) -> "LambdaLR":
        """The scheduler of `optimizer`, to be stepped after each of `updates` updates."""
        from torch.optim.lr_scheduler import LambdaLR

        return LambdaLR(optimizer, lambda update: self.factor(update, updates))
