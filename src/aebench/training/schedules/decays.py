"""Schedules that decay from 1 as a function of the progress."""

import math
from typing import Annotated, Literal

from pydantic import Field

from aebench.training.schedules.base import Schedule, Share


class Constant(Schedule):
    """The constant learning rate."""

    name: Literal["constant"]

    def decay(self, progress: float) -> float:
        return 1.0


class Cosine(Schedule):
    """Half a cosine from 1 to 0 (Loshchilov & Hutter 2017, eq. 5, without restarts)."""

    name: Literal["cosine"]

    def decay(self, progress: float) -> float:
        return 0.5 * (1 + math.cos(math.pi * min(1.0, progress)))


class Linear(Schedule):
    """A straight line from 1 to 0."""

    name: Literal["linear"]

    def decay(self, progress: float) -> float:
        return max(0.0, 1 - progress)


class Exponential(Schedule):
    """Geometric decay from 1 to `final`."""

    name: Literal["exponential"]
    final: Annotated[float, Field(gt=0, le=1)]

    def decay(self, progress: float) -> float:
        return self.final**progress


class Step(Schedule):
    """The rate is multiplied by `gamma` after each share `every` of the updates.

    A share, and not a number of epochs, so that longer trainings, or those on more data, have as
    many drops.
    """

    name: Literal["step"]
    gamma: Share
    every: Share

    def decay(self, progress: float) -> float:
        # 0.3 / 0.1 is a little below 3.
        return self.gamma ** math.floor(progress / self.every + 1e-9)


class InverseTime(Schedule):
    """1 / (1 + rate * t), t rising from 0 to 1 over the updates (Robbins & Monro 1951).

    It ends at 1 / (1 + rate); in t counted by updates, the rate is `rate` / updates.
    """

    name: Literal["inverse-time"]
    rate: Annotated[float, Field(gt=0)]

    def decay(self, progress: float) -> float:
        return 1 / (1 + self.rate * progress)
