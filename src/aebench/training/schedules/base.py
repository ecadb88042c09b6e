"""Schedules as the config names them."""

from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field, NonNegativeInt

from aebench.core.registry import Kind

if TYPE_CHECKING:
    from torch.optim import Optimizer
    from torch.optim.lr_scheduler import LambdaLR

Share = Annotated[float, Field(gt=0, lt=1)]


class Schedule(Kind):
    """A schedule: factors on the optimizer's `lr`, with a linear rise over `warmup` updates.

    What comes after the rise is a function of `progress`, the share of the remaining updates that
    is done, so that it means the same whatever the budget and the size of the data.
    """

    kind: ClassVar[str] = "schedule"
    home: ClassVar[str] = "aebench.training.schedules"
    requires: ClassVar[tuple[str, ...]] = ("decay",)

    warmup: NonNegativeInt = 0

    def factor(self, update: int, updates: int) -> float:
        """The factor for `update` (from 0) of `updates`."""
        if update < self.warmup:
            return (update + 1) / self.warmup
        return self.decay((update - self.warmup) / max(1, updates - self.warmup))

    def decay(self, progress: float) -> float:
        """The factor after the rise, for `progress` from 0 to 1."""
        raise NotImplementedError

    def build(self, optimizer: "Optimizer", updates: int) -> "LambdaLR":
        """Sets `optimizer`'s rates, stepped after each of `updates` updates."""
        from torch.optim.lr_scheduler import LambdaLR

        return LambdaLR(optimizer, lambda update: self.factor(update, updates))
