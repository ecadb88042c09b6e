"""The base class of data sources: an entry of `sets`."""

from typing import Annotated, Any, ClassVar

from pydantic import Field

from aebench.core.counts import Count, Seed
from aebench.core.registry import Kind
from aebench.data.raw import FEWEST_TEST, Raw


class DataSet(Kind):
    """A source of images and its split; `overrides` change other sections of the file.

    `test` is for sources without an official test set.
    """

    kind: ClassVar[str] = "source"
    home: ClassVar[str] = "aebench.data.sources"
    tag: ClassVar[str] = "source"
    requires: ClassVar[tuple[str, ...]] = ("read",)

    source: str
    validation: Count
    test: Annotated[Count, Field(ge=FEWEST_TEST)] | None = None
    seed: Seed = 0
    overrides: dict[str, Any] = Field(default_factory=dict)

    def read(self) -> Raw:
        """Read the images; raises InputError if they are missing or damaged."""
        raise NotImplementedError
