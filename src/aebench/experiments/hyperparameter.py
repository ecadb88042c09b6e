"""A hyperparameter that is varied, and where."""

from typing import Annotated, Any

from pydantic import Field, PositiveFloat, model_validator

from aebench.core.schema import Section


class Hyperparameter(Section):
    """What is varied: a range, here on a logarithmic scale, or choices."""

    choices: Annotated[list[Any], Field(min_length=1)] | None = None
    low: PositiveFloat | None = None
    high: PositiveFloat | None = None

    @model_validator(mode="after")
    def _range_or_choices(self):
        if (self.choices is None) == (self.low is None) or (self.low is None) != (
            self.high is None
        ):
            raise ValueError("allowed: low and high, or choices")
        if self.low is not None and self.low >= self.high:
            raise ValueError(f"low: {self.low} is not below high: {self.high}")
        return self
