"""Images that a command reads, with their names and labels."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

import numpy as np

from aebench.core.errors import InputError


@dataclass(frozen=True)
class Images:
    """uint8, N x C x H x W, with a name each; `labels` are None where nobody knows them.

    Names are those of files, paths within the folder given, or numbers in a part of a data set.
    """

    names: list[str]
    pixels: np.ndarray
    labels: list[str] | None = None

    @property
    def columns(self) -> dict[str, list[str]]:
        """The first columns of a table of these images: `name`, and `label` where it is known."""
        return {"name": self.names} | ({} if self.labels is None else {"label": self.labels})


def numbered(count: int) -> list[str]:
    """Names for images that have none: their numbers, which sort as they stand."""
    digits = len(str(count - 1))
    return [f"{i:0{digits}}" for i in range(count)]


def leads_out(name: str) -> bool:
    """Whether a name is no path of a file below a folder, as those of images are."""
    parts = PurePosixPath(name).parts
    # No path has a zero byte in it.
    return not parts or parts[0] == "/" or ".." in parts or "\0" in name


def join(groups: Sequence[Images]) -> Images:
    """All images in one; raises InputError where two have one name."""
    if len(groups) == 1:
        return groups[0]
    names = [name for group in groups for name in group.names]
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise InputError(name, "is the name of two images", "each name once")
        seen.add(name)
    labels = None
    if any(group.labels for group in groups):
        labels = [label for group in groups for label in group.labels or [""] * len(group.names)]
    return Images(names, np.concatenate([group.pixels for group in groups]), labels)
