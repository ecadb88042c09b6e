"""What each entry of `sets` says, wherever its images come from."""

from abc import abstractmethod
from typing import Annotated, Any

from pydantic import Field, NonNegativeInt, PositiveInt

from aebench.data.raw import Raw
from aebench.schema import Section

# The report's pictures show so many test images.
FEWEST_TEST = 12


class DataSet(Section):
    """Where images come from and how they are split; `overrides` change the file's other sections.

    `test` is for sources without a test set of their own.
    """

    source: str
    validation: PositiveInt
    test: Annotated[int, Field(ge=FEWEST_TEST)] | None = None
    seed: NonNegativeInt = 0
    overrides: dict[str, Any] = Field(default_factory=dict)

    @abstractmethod
    def read(self) -> Raw:
        """The images; raises InputError where they are missing or damaged."""
