"""Learning-rate schedules that the config can name: factors on the optimizer's `lr`."""

import math
from typing import Annotated, Literal

from pydantic import Field, NonNegativeInt

from aebench.schema import Section


class Warmup(Section):
    """What every schedule has: a linear rise over the first `warmup` updates."""

    warmup: NonNegativeInt = 0

    def factor(self, update: int, updates: int) -> float:
        """The factor for `update` (from 0) of `updates`."""
        if update < self.warmup:
            return (update + 1) / self.warmup
        return self.decay((update - self.warmup) / max(1, updates - self.warmup))


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


class Exponential(Warmup):
    """Geometric decay from 1 to `final`."""

    name: Literal["exponential"]
    final: Annotated[float, Field(gt=0, le=1)]

    def decay(self, progress: float) -> float:
        return self.final**progress


ScheduleConfig = Annotated[Constant | Cosine | Exponential, Field(discriminator="name")]
