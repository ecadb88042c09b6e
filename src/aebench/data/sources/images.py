"""Source `images`: a folder of image files, with a sub-folder for each class or without labels."""

import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np

from aebench.core.errors import InputError
from aebench.core.progress import bar
from aebench.data.image_file import SUFFIXES, Unreadable, read_image
from aebench.data.own import MAX_BYTES, OwnData
from aebench.data.raw import Raw

# How many files a message names.
NAMED = 5


class ImageFolder(OwnData):
    """All images in the folder `path` and its sub-folders, in the order of their paths.

    `labels` folders means that each sub-folder is a class, none that there are no classes.
    `broken` files, which hold no image, are fatal or skipped.
    """

    source: Literal["images"]
    labels: Literal["folders", "none"] = "folders"
    broken: Literal["fatal", "skip"] = "fatal"

    def read(self) -> Raw:
        """See OwnData.raw; raises InputError also for no folder, broken files and mixed sizes."""
        files, others = self._files()
        images, read, broken = [], [], []
        total = 0
        # A bar only where there is something to wait for.
        for file in bar(files, desc=f"reading {self.path}", unit="file", delay=1, leave=False):
            try:
                image = read_image(self.location / file, self.size)
            except Unreadable as error:
                broken.append(f"{_line(file)} ({error})")
                continue
            self.refuse_large(image.shape[:2], f"{self.path}: {_line(file)}")
            total += image.nbytes
            if total > MAX_BYTES:
                raise InputError(
                    f"{self.path}: more than {MAX_BYTES} bytes of pixels; "
                    "`size: [HEIGHT, WIDTH]` scales images to less"
                )
            images.append(image)
            read.append(file)
        notes = []
        if broken:
            found = f"{_count(len(broken), 'broken file')}: {_some(broken)}"
            if self.broken == "fatal":
                raise InputError(f"{self.path}: {found}; allowed: none, or `broken: skip`")
            notes.append(f"Left out: {found}")
        if others:
            notes.append(f"Passed over: {_count(len(others), 'file')} of another kind")
        if not images:
            raise InputError(f"{self.path}: all of its images are broken: {_some(broken)}")
        self._same_size(images, read)
        return self.raw(images, self._classes(read), notes)

    def _files(self) -> tuple[list[Path], list[Path]]:
        """Images and other files, sorted, relative to the folder; hidden ones are no part of it."""
        if not self.location.is_dir():
            raise InputError(f"{self.path}: no such folder")
        found = [file for top in (self.location, *self._links()) for file in _below(top)]
        files = sorted(
            (file.relative_to(self.location) for file in found), key=lambda file: file.as_posix()
        )
        images = [file for file in files if file.suffix.lower() in SUFFIXES]
        if not images:
            raise InputError(
                f"{self.path}: no images in it; allowed: files named {', '.join(sorted(SUFFIXES))}"
            )
        return images, [file for file in files if file.suffix.lower() not in SUFFIXES]

    def _links(self) -> list[Path]:
        """Links to folders at the top, such as a class that lies elsewhere. Deeper ones could make
        a ring and are not followed."""
        entries = self.location.iterdir()
        return [e for e in entries if e.is_symlink() and e.is_dir() and not e.name.startswith(".")]

    def _classes(self, files: Sequence[Path]) -> list[str] | None:
        above = [file.parts[0] if len(file.parts) > 1 else None for file in files]
        if self.labels == "none" or set(above) == {None}:
            return None
        if None in above:
            beside = files[above.index(None)]
            raise InputError(
                f"{self.path}: {_line(beside)} lies beside folders of classes, not in one; "
                "allowed: all images in folders, none in folders, or `labels: none`"
            )
        return above

    def _same_size(self, images: Sequence[np.ndarray], files: Sequence[Path]) -> None:
        shapes = [image.shape[:2] for image in images]
        sizes = Counter(shapes)
        if len(sizes) == 1:
            return
        found = [
            f"{height} x {width} ({number}, e.g. {_line(files[shapes.index((height, width))])})"
            for (height, width), number in sizes.most_common()
        ]
        raise InputError(
            f"{self.path}: images of {len(sizes)} sizes (height x width): {_some(found)}; "
            "allowed: one, or `size: [HEIGHT, WIDTH]`, to which all are scaled"
        )


def _below(top: Path) -> list[Path]:
    found = []
    for here, folders, names in os.walk(top, onerror=_refuse):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [Path(here, name) for name in names if not name.startswith(".")]
    return found


def _refuse(error: OSError) -> None:
    raise InputError(f"{error.filename}: {error.strerror}") from None


def _line(file: Path) -> str:
    """A path that cannot break a line, whatever somebody has named a file."""
    text = file.as_posix()
    return text if text.isprintable() else ascii(text)


def _some(items: Sequence[str]) -> str:
    more = len(items) - NAMED
    return ", ".join(items[:NAMED]) + (f" and {more} more" if more > 0 else "")


def _count(number: int, what: str) -> str:
    return f"{number} {what}" + ("s" if number > 1 else "")
