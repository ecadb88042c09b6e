"""Prepares a source's images: leaves out what its entry says, splits, and notes what is odd."""

from collections.abc import Sequence
from dataclasses import replace
from hashlib import blake2b

import numpy as np

from aebench.core.errors import InputError
from aebench.core.progress import counted
from aebench.data.chunks import chunk_length, rows
from aebench.data.dataset import DataSet
from aebench.data.folder import listed
from aebench.data.prepared import Prepared
from aebench.data.raw import FEWEST_TRAIN, Raw, check_raw
from aebench.data.split import TEST, TRAIN, VALIDATION, split
from aebench.data.values import scale_notes

# Names of folders and labels that say to which part of a split an image belongs.
PART_NAMES = frozenset(
    {"train", "training", "val", "valid", "validation", "dev", "test", "testing", "holdout"}
    | {"publictest", "privatetest"}
)
# With fewer groups in a part, what holds for it need not hold for others.
FEW_GROUPS = 5


def prepare_data(source: DataSet) -> tuple[Prepared, list[str]]:
    """The prepared data, and notes for the data card; raises InputError."""
    raw = source.read()
    check_raw(raw, source.source)
    if source.labels == "none":
        raw = replace(raw, labels=None, classes=())
    if source.duplicates == "drop":
        raw = _without_duplicates(raw)
        left = len(raw.images) - source.validation - (source.test or 0)
        if raw.official_test is None and left < FEWEST_TRAIN:
            raise InputError(
                "sets",
                f"{len(raw.images)} different images, of which validation ({source.validation}) "
                f"and test ({source.test}) leave {max(left, 0)} to train on",
                f"{FEWEST_TRAIN} or more",
            )
    parts = parts_of(raw, source)
    notes = [
        *raw.notes,
        *_group_notes(raw.groups, parts),
        *_class_notes(raw.classes),
        *scale_notes(raw.images),
        *_duplicate_notes(raw.images, parts),
    ]
    return Prepared(raw.images, raw.labels, parts, raw.classes), notes


def parts_of(raw: Raw, source: DataSet) -> np.ndarray:
    """The part of each image, as the source's entry says; raises InputError as `split` does."""
    return split(
        raw.labels,
        raw.official_test,
        len(raw.images),
        groups=raw.groups,
        validation=source.validation,
        test=source.test,
        seed=source.seed,
    )


def check_data(source: DataSet) -> None:
    """Raise InputError for what `prepare_data` would refuse.

    Of large data, only as far as no pixel need be read.
    """
    if source.is_small():
        prepare_data(source)
    else:
        source.check()


def _without_duplicates(raw: Raw) -> Raw:
    """Of identical images the first, or those of the official test set."""
    official = np.zeros(len(raw.images), bool) if raw.official_test is None else raw.official_test
    hashes = _hashes(raw.images)
    others = np.flatnonzero(~official)
    firsts = others[np.unique(hashes[others], return_index=True)[1]]
    keep = official.copy()
    keep[firsts] = ~np.isin(hashes[firsts], hashes[official])
    if keep.all():
        return raw
    return replace(
        raw,
        images=rows(raw.images, np.flatnonzero(keep)),
        labels=None if raw.labels is None else raw.labels[keep],
        official_test=None if raw.official_test is None else raw.official_test[keep],
        groups=None if raw.groups is None else raw.groups[keep],
        notes=(*raw.notes, f"Left out: {int((~keep).sum())} images that are identical to others"),
    )


def _class_notes(classes: Sequence[str]) -> list[str]:
    parts = [name for name in classes if name.casefold() in PART_NAMES]
    if not parts:
        return []
    return [
        f"Classes are called {listed(parts)}: if these are parts of a split, `labels: none` joins "
        "them, and so does moving the folders of each class together"
    ]


def _group_notes(groups: np.ndarray | None, parts: np.ndarray) -> list[str]:
    if groups is None:
        return []
    counts = {
        name: (len(np.unique(groups[parts == part])), int((parts == part).sum()))
        for part, name in ((TRAIN, "training"), (VALIDATION, "validation"), (TEST, "test"))
    }
    shown = [
        f"{name} has {counted(number, 'group')} ({counted(images, 'image')})"
        for name, (number, images) in counts.items()
    ]
    notes = [f"Each group of images is in one part: {', '.join(shown)}"]
    if min(number for number, _ in counts.values()) < FEW_GROUPS:
        notes.append(
            "So few groups say little of others: spreads over seeds and intervals do not know of it"
        )
    return notes


def _duplicate_notes(images: np.ndarray, parts: np.ndarray) -> list[str]:
    hashes = _hashes(images)
    of = {part: hashes[parts == part] for part in (TRAIN, VALIDATION, TEST)}
    test = int(np.isin(of[TEST], hashes[parts != TEST]).sum())
    validation = int(np.isin(of[VALIDATION], of[TRAIN]).sum())
    found = [
        f"{number} of {len(of[part])} {name} images are identical to {others}"
        for number, part, name, others in (
            (test, TEST, "test", "training or validation images"),
            (validation, VALIDATION, "validation", "training images"),
        )
        if number
    ]
    return [f"{line}; the setting duplicates: drop keeps one of each" for line in found]


def _hashes(images: np.ndarray) -> np.ndarray:
    """A hash of each image, uint64: two of ten million share one by chance once in 10^5 times."""
    hashes = np.empty(len(images), np.uint64)
    step = chunk_length(images)
    for start in range(0, len(images), step):
        flat = np.ascontiguousarray(images[start : start + step]).reshape(-1, images[0].size)
        digests = [blake2b(image.data, digest_size=8).digest() for image in flat]
        hashes[start : start + step] = np.frombuffer(b"".join(digests), np.uint64)
    return hashes
