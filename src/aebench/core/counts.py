"""Whole numbers that people give, in files and on the command line: counts and seeds."""

from typing import Annotated

from annotated_types import Ge, Gt, Le

# Databases and array libraries store counts in as many bits; how much memory so many take is
# checked where it is taken, see `memory.py`.
LARGEST = 2**31 - 1
# Random generators take seeds of so many bits.
LARGEST_SEED = 2**63 - 1

Count = Annotated[int, Gt(0), Le(LARGEST)]
CountFrom0 = Annotated[int, Ge(0), Le(LARGEST)]
Seed = Annotated[int, Ge(0), Le(LARGEST_SEED)]
