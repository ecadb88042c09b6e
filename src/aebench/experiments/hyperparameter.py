"""The values of a hyperparameter that is tuned."""

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import Field, PositiveFloat, model_validator

from aebench.core.schema import Distinct, Section


def is_end(value: Any, tried: Sequence[Any]) -> tuple[bool, bool]:
    """Whether a value of a range is the smallest of those that were tried, and the largest."""
    return value == min(tried), value == max(tried)


class Hyperparameter(Section):
    """A range, on a logarithmic scale, or a list of choices."""

    choices: Annotated[Distinct[Any], Field(min_length=1)] | None = None
    low: PositiveFloat | None = None
    high: PositiveFloat | None = None

    @model_validator(mode="after")
    def _range_or_choices(self):
        given = [value is not None for value in (self.choices, self.low, self.high)]
        if given not in ([True, False, False], [False, True, True]):
            raise ValueError("allowed: low and high, or choices")
        if self.low is not None and self.high is not None and self.low >= self.high:
            raise ValueError(f"low: {self.low} is not below high: {self.high}")
        return self
