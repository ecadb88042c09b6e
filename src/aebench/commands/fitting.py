"""How a person's images are made to fit a model."""

from collections.abc import Sequence
from typing import TypedDict


class Fitting(TypedDict, total=False):
    """The options of all commands that read images; none of them changes an image that fits."""

    # Scale those of another size.
    resize: bool
    # Turn colour into grey for a model of one channel.
    grey: bool
    # The numbers in the files that mean black and white.
    range: Sequence[float] | None
