"""What each entry of `sets` says, wherever its images come from."""

from typing import Annotated, Any, ClassVar

from pydantic import Field, NonNegativeInt, PositiveInt

from aebench.core.registry import Kind
from aebench.data.raw import FEWEST_TEST, Raw


class DataSet(Kind):
    """Where images come from and how they are split; `overrides` change the file's other sections.

    `test` is for sources without a test set of their own.
    """

    kind: ClassVar[str] = "source"
    home: ClassVar[str] = "aebench.data.sources"
    tag: ClassVar[str] = "source"
    requires: ClassVar[tuple[str, ...]] = ("read",)

    source: str
    validation: PositiveInt
    test: Annotated[int, Field(ge=FEWEST_TEST)] | None = None
    seed: NonNegativeInt = 0
    overrides: dict[str, Any] = Field(default_factory=dict)

    def read(self) -> Raw:
        """The images; raises InputError where they are missing or damaged."""
        raise NotImplementedError
