"""The base class of data sources: an entry of `sets`."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from aebench.core.counts import Count, Seed
from aebench.core.registry import Kind
from aebench.data.raw import FEWEST_TEST, Raw


class DataSet(Kind):
    """A source of images and its split; `overrides` change other sections of the file.

    `test` is for sources without an official test set. `labels: none` leaves labels out; of images
    that are identical, `duplicates: drop` keeps one. `recipes: auto` chooses recipes that suit the
    images, `file` takes those of params.yaml; by default it is `file` for the sets that the file's
    were made for, MNIST and its kin, and `auto` for all others.
    """

    kind: ClassVar[str] = "source"
    home: ClassVar[str] = "aebench.data.sources"
    tag: ClassVar[str] = "source"
    requires: ClassVar[tuple[str, ...]] = ("read",)
    # Whether the recipes of params.yaml were made for these images.
    has_recipes: ClassVar[bool] = False

    source: str
    validation: Count
    test: Annotated[Count, Field(ge=FEWEST_TEST)] | None = None
    seed: Seed = 0
    overrides: dict[str, Any] = Field(default_factory=dict)
    labels: Literal["none"] | None = None
    duplicates: Literal["keep", "drop"] = "keep"
    recipes: Literal["auto", "file"] | None = None

    @property
    def fits_data(self) -> bool:
        """Whether recipes are chosen to suit the images."""
        return self.recipes == "auto" or (self.recipes is None and not self.has_recipes)

    def read(self) -> Raw:
        """Read the images; raises InputError if they are missing or damaged."""
        raise NotImplementedError

    def is_small(self) -> bool:
        """Whether `read` takes a second or two at most, and downloads nothing."""
        return False

    def check(self) -> None:
        """Raise InputError for what `read` would refuse, as far as no pixel need be read."""
