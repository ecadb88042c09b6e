"""`data:mnist/test`: a part of a data set of the project, in the place of files and folders."""

from collections.abc import Sequence
from pathlib import Path

from aebench.commands.images import Images, numbered
from aebench.core import paths
from aebench.core.errors import InputError
from aebench.data.divisions import of_checksum
from aebench.data.examples import without
from aebench.data.prepared import PARTS, Prepared
from aebench.training.runs import RunSpec

PREFIX = "data:"


def part(dataset: str, name: str) -> Path:
    """The input that means this part of a data set."""
    return Path(f"{PREFIX}{dataset}/{name}")


def is_part(given: Path) -> bool:
    """Whether an input is a part of a data set: a file of this name goes first."""
    return str(given).startswith(PREFIX) and not given.exists()


def dataset_of_part(given: Path) -> str | None:
    """The data set that an input is a part of; None for files and folders."""
    return str(given).removeprefix(PREFIX).partition("/")[0] if is_part(given) else None


def read_part(
    given: Path,
    shape: Sequence[int],
    trained: RunSpec | None = None,
    unseen: Sequence[int] = (),
) -> Images:
    """The images of a part, in the order of the file, named by their numbers from 0.

    The part is that of the division that the training `trained` has seen: a study may divide the
    images anew for each seed. Without images of the labels `unseen`. Raises InputError if there is
    no such part, or its images are not of `shape`, C x H x W.
    """
    dataset, _, name = str(given).removeprefix(PREFIX).partition("/")
    if name not in PARTS:
        allowed = ", ".join(f"{PREFIX}DATASET/{part}" for part in PARTS)
        raise InputError(given, "no part of a data set", allowed)
    prepared = Prepared.load(paths.prepared(dataset))
    if trained:
        prepared = of_checksum(prepared, trained.data, trained.seed)
    prepared = without(prepared, unseen)
    if prepared.image_shape != list(shape):
        ours, theirs = (" x ".join(map(str, size)) for size in (prepared.image_shape, shape))
        raise InputError(given, f"images of {ours}", f"those that the model takes, {theirs}")
    images, labels = prepared.part(name)
    return Images(
        numbered(len(images)),
        images,
        None if labels is None else [prepared.classes[label] for label in labels],
    )
