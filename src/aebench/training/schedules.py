"""Learning-rate schedules that the config can name: factors on the optimizer's `lr`."""

import math
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, NonNegativeInt, PositiveInt, model_validator

from aebench.schema import Section

if TYPE_CHECKING:
    from torch.optim import Optimizer
    from torch.optim.lr_scheduler import LambdaLR

Share = Annotated[float, Field(gt=0, lt=1)]


class Warmup(Section):
    """What every schedule has: a linear rise over the first `warmup` updates.

    What comes after is a function of the share of the remaining updates that is done, `progress`,
    so that it means the same whatever the budget and the size of the data.
    """

    warmup: NonNegativeInt = 0

    def factor(self, update: int, updates: int) -> float:
        """The factor for `update` (from 0) of `updates`."""
        if update < self.warmup:
            return (update + 1) / self.warmup
        return self.decay((update - self.warmup) / max(1, updates - self.warmup))

    def decay(self, progress: float) -> float:
        raise NotImplementedError

    def build(self, optimizer: "Optimizer", updates: int) -> "LambdaLR":
        """Sets `optimizer`'s rates, stepped after each of `updates` updates."""
        from torch.optim.lr_scheduler import LambdaLR

        return LambdaLR(optimizer, lambda update: self.factor(update, updates))


class Constant(Warmup):
    """The fixed learning rate."""

    name: Literal["constant"]

    def decay(self, progress: float) -> float:
        return 1.0


class Cosine(Warmup):
    """Half a cosine from 1 to 0 (Loshchilov & Hutter 2017, eq. 5, without restarts)."""

    name: Literal["cosine"]

    def decay(self, progress: float) -> float:
        return 0.5 * (1 + math.cos(math.pi * min(1.0, progress)))


class Linear(Warmup):
    """A straight line from 1 to 0."""

    name: Literal["linear"]

    def decay(self, progress: float) -> float:
        return max(0.0, 1 - progress)


class Exponential(Warmup):
    """Geometric decay from 1 to `final`."""

    name: Literal["exponential"]
    final: Annotated[float, Field(gt=0, le=1)]

    def decay(self, progress: float) -> float:
        return self.final**progress


class Step(Warmup):
    """Times `gamma` after every further share `every` of the updates.

    A share, and not a number of epochs, so that a longer training, or one on more data, drops as
    many times.
    """

    name: Literal["step"]
    gamma: Share
    every: Share

    def decay(self, progress: float) -> float:
        # 0.3 / 0.1 is a little below 3.
        return self.gamma ** math.floor(progress / self.every + 1e-9)


class InverseTime(Warmup):
    """1 / (1 + rate * t), where t runs from 0 to 1 over the updates (Robbins & Monro 1951).

    It ends at 1 / (1 + rate); in t counted by updates, the rate is `rate` / updates.
    """

    name: Literal["inverse-time"]
    rate: Annotated[float, Field(gt=0)]

    def decay(self, progress: float) -> float:
        return 1 / (1 + self.rate * progress)


class OneCycle(Warmup):
    """Up from `initial` to 1, as long down again, then on to `final` (Smith & Topin 2018).

    The last part, the `annihilation`, is that share of the updates; all three are straight lines.
    The optimizer's `lr` is the highest rate, and its momentum stays as it is.
    """

    name: Literal["one-cycle"]
    initial: Share = 0.1
    final: Annotated[float, Field(ge=0, lt=1)] = 0.001
    annihilation: Share = 0.1

    @model_validator(mode="after")
    def _rises_by_itself(self):
        if self.warmup:
            raise ValueError(
                f"warmup: {self.warmup} does not go with 'one-cycle', which has its own rise; "
                "allowed: 0"
            )
        return self

    def decay(self, progress: float) -> float:
        half = (1 - self.annihilation) / 2
        if progress < 2 * half:
            return 1 - (1 - self.initial) * abs(1 - progress / half)
        rest = min(1.0, (progress - 2 * half) / self.annihilation)
        return self.initial + (self.final - self.initial) * rest


class ReduceOnPlateau(Warmup):
    """Times `gamma` whenever `patience` epochs have brought no lower validation loss.

    Epochs without one are counted anew after each reduction. `patience` is to be less than that
    of the training, which else ends first.
    """

    name: Literal["reduce-on-plateau"]
    gamma: Share = 0.1
    patience: PositiveInt = 5

    def decay(self, progress: float) -> float:
        return 1.0

    def build(self, optimizer: "Optimizer", updates: int) -> "LambdaLR":
        from aebench.training.plateau import PlateauLR

        def warmup(update: int) -> float:
            return self.factor(update, updates)

        return PlateauLR(optimizer, warmup, self.gamma, self.patience)


ScheduleConfig = Annotated[
    Constant | Cosine | Linear | Exponential | Step | InverseTime | OneCycle | ReduceOnPlateau,
    Field(discriminator="name"),
]
