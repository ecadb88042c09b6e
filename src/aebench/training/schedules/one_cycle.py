"""The one-cycle schedule."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from aebench.training.schedules.base import Schedule, Share


class OneCycle(Schedule):
    """Linear from `initial` up to 1, as long down again, then to `final` (Smith & Topin 2018).

    `annihilation` is the last part's share of the updates. The optimizer's `lr` is the highest
    rate; the momentum is constant.
    """

    name: Literal["one-cycle"]
    initial: Share = 0.1
    final: Annotated[float, Field(ge=0, lt=1)] = 0.001
    annihilation: Share = 0.1

    @model_validator(mode="after")
    def _has_a_warmup_of_its_own(self) -> Self:
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
