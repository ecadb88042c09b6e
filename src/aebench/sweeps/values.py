"""The values that a hyperparameter may take, and their conversion between Optuna and the recipe.

Optuna chooses among plain values only, and samples floats with all their digits.
"""

import json
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aebench.core.memory import needs_memory

if TYPE_CHECKING:
    from optuna.trial import BaseTrial

# A number in a list.
NUMBER_BYTES = 32


class Values(ABC):
    """Choices or a range of numbers."""

    @abstractmethod
    def suggest(self, trial: "BaseTrial", name: str) -> Any:
        """Return the trial's value, by Optuna, of the parameter `name`."""

    @abstractmethod
    def interpolate(self, fraction: float) -> Any:
        """Return Optuna's value at 0 <= `fraction` < 1 of the way through."""

    @abstractmethod
    def grid(self, points: int) -> list[Any]:
        """Return Optuna's values: all choices or steps; of other ranges `points` values."""

    @abstractmethod
    def from_optuna(self, value: Any) -> Any:
        """Convert Optuna's value to the recipe's."""

    @abstractmethod
    def to_optuna(self, value: Any) -> Any:
        """Convert the recipe's value, one that is contained, to Optuna's."""

    @abstractmethod
    def __contains__(self, value: object) -> bool:
        """Whether `from_optuna` can return this value."""


@dataclass(frozen=True)
class Choices(Values):
    """Values of any kind."""

    choices: list[Any]

    def suggest(self, trial: "BaseTrial", name: str) -> Any:
        return trial.suggest_categorical(name, self.labels)

    def interpolate(self, fraction: float) -> Any:
        return self.labels[int(fraction * len(self.choices))]

    def grid(self, points: int) -> list[Any]:
        return self.labels

    def from_optuna(self, value: Any) -> Any:
        return self.choices[self.labels.index(value)]

    def to_optuna(self, value: Any) -> Any:
        return self.labels[self.choices.index(value)]

    def __contains__(self, value: object) -> bool:
        return value in self.choices

    @property
    def labels(self) -> list[Any]:
        """The choices as Optuna knows them: JSON where they are not plain values."""
        return [
            choice
            if choice is None or isinstance(choice, bool | int | float | str)
            else json.dumps(choice)
            for choice in self.choices
        ]


@dataclass(frozen=True)
class Range(Values):
    """Numbers from `low` to `high`, on a logarithmic scale if `log`, `step` apart if not None."""

    low: float
    high: float
    log: bool = False
    step: float | None = None

    @property
    def spacing(self) -> float | None:
        """The distance between neighbouring values; None where they are continuous, or `log`."""
        return self.step

    def interpolate(self, fraction: float) -> Any:
        if self.spacing:
            return self.low + self.spacing * int(fraction * self._count(self.spacing))
        if self.log:
            return self.low * (self.high / self.low) ** fraction
        return self.low + fraction * (self.high - self.low)

    def grid(self, points: int) -> list[Any]:
        # Whole numbers without a step are all tried only where they are few.
        if self.spacing and (self.step or self.high - self.low < points):
            needs_memory(NUMBER_BYTES * self._count(self.spacing), "space: a range with its steps")
            return [self.low + i * self.spacing for i in range(self._count(self.spacing))]
        needs_memory(NUMBER_BYTES * points, "sampler.points")
        between = [self.interpolate(i / (points - 1)) for i in range(1, points - 1)]
        return list(dict.fromkeys([self.low, *between, self.high]))

    def to_optuna(self, value: Any) -> Any:
        return value

    def _count(self, spacing: float) -> int:
        return int((self.high - self.low) / spacing + 1e-9) + 1

    def _reaches(self, value: float) -> bool:
        """Whether `value` lies between the ends, and on a step."""
        if not self.low <= value <= self.high:
            return False
        steps = (value - self.low) / (self.step or 1)
        return self.step is None or abs(steps - round(steps)) < 1e-9


@dataclass(frozen=True)
class IntRange(Range):
    """Whole numbers."""

    low: int
    high: int
    step: int | None = None

    @property
    def spacing(self) -> int | None:
        return None if self.log else self.step or 1

    def suggest(self, trial: "BaseTrial", name: str) -> int:
        return trial.suggest_int(name, self.low, self.high, log=self.log, step=self.step or 1)

    def interpolate(self, fraction: float) -> int:
        return round(super().interpolate(fraction))

    def from_optuna(self, value: int) -> int:
        return value

    def __contains__(self, value: object) -> bool:
        return isinstance(value, int) and self._reaches(value)


@dataclass(frozen=True)
class FloatRange(Range):
    """Floats; the recipe's have four digits: people read and copy them, and tuning is not finer."""

    def suggest(self, trial: "BaseTrial", name: str) -> float:
        return trial.suggest_float(name, self.low, self.high, log=self.log, step=self.step)

    def from_optuna(self, value: float) -> float:
        return min(max(float(f"{value:.4g}"), self.low), self.high)

    def __contains__(self, value: object) -> bool:
        if not isinstance(value, int | float):
            return False
        return self._reaches(value) and self.from_optuna(value) == value
