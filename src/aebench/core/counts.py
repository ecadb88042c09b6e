"""Whole numbers in people's files: counts and seeds."""

from typing import Annotated

from pydantic import Field

from aebench.core.limits import LARGEST_COUNT, LARGEST_SEED

Count = Annotated[int, Field(gt=0, le=LARGEST_COUNT)]
CountFrom0 = Annotated[int, Field(ge=0, le=LARGEST_COUNT)]
Seed = Annotated[int, Field(ge=0, le=LARGEST_SEED)]
