"""Source `images`: a folder of image files, with or without a subfolder per class."""

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

# Files named in a message.
MAX_NAMED = 5


class ImageFolder(OwnData):
    """All images in the folder `path` and its subfolders, in the order of their paths.

    With `labels: folders` each subfolder is a class; with `none` there are no classes. `broken`
    files, which are not readable as images, are fatal or skipped.
    """

    source: Literal["images"]
    labels: Literal["folders", "none"] = "folders"
    broken: Literal["fatal", "skip"] = "fatal"

    def read(self) -> Raw:
        """Read the images; raises InputError also for no folder, broken files or mixed sizes."""
        files, others = self._files()
        images: list[np.ndarray] = []
        read: list[Path] = []
        broken: list[str] = []
        total = 0
        # The bar appears only after a second.
        for file in bar(files, desc=f"reading {self.path}", unit="file", delay=1, leave=False):
            try:
                image = read_image(self.location / file, self.size)
            except Unreadable as error:
                broken.append(f"{_printable(file)} ({error})")
                continue
            self.refuse_large(image.shape[:2], f"{self.path}: {_printable(file)}")
            total += image.nbytes
            if total > MAX_BYTES:
                raise InputError(
                    self.path,
                    f"more than {MAX_BYTES} bytes of pixels; "
                    "`size: [HEIGHT, WIDTH]` scales images to less",
                )
            images.append(image)
            read.append(file)
        notes = []
        if broken:
            listed = f"{_count(len(broken), 'broken file')}: {_first(broken)}"
            if self.broken == "fatal":
                raise InputError(self.path, listed, "none, or `broken: skip`")
            notes.append(f"Left out: {listed}")
        if others:
            notes.append(f"Passed over: {_count(len(others), 'file')} of another kind")
        if not images:
            raise InputError(self.path, f"all of its images are broken: {_first(broken)}")
        self._same_size(images, read)
        return self.raw(images, self._classes(read), notes)

    def _files(self) -> tuple[list[Path], list[Path]]:
        """Images and other files, sorted, relative to the folder; without hidden ones."""
        if not self.location.is_dir():
            raise InputError(self.path, "no such folder")
        paths = [file for top in (self.location, *self._links()) for file in _below(top)]
        files = sorted(
            (file.relative_to(self.location) for file in paths), key=lambda file: file.as_posix()
        )
        images = [file for file in files if file.suffix.lower() in SUFFIXES]
        if not images:
            raise InputError(
                self.path, "no images in it", f"files named {', '.join(sorted(SUFFIXES))}"
            )
        return images, [file for file in files if file.suffix.lower() not in SUFFIXES]

    def _links(self) -> list[Path]:
        """Links to folders directly in the folder; deeper ones could form a cycle."""
        entries = self.location.iterdir()
        return [e for e in entries if e.is_symlink() and e.is_dir() and not e.name.startswith(".")]

    def _classes(self, files: Sequence[Path]) -> list[str] | None:
        """The first folder of each file; None if no file is in a folder, or without labels."""
        outside = [file for file in files if len(file.parts) == 1]
        if self.labels == "none" or len(outside) == len(files):
            return None
        if outside:
            raise InputError(
                self.path,
                f"{_printable(outside[0])} lies beside folders of classes, not in one",
                "all images in folders, none in folders, or `labels: none`",
            )
        return [file.parts[0] for file in files]

    def _same_size(self, images: Sequence[np.ndarray], files: Sequence[Path]) -> None:
        shapes = [image.shape[:2] for image in images]
        sizes = Counter(shapes)
        if len(sizes) == 1:
            return
        listed = [
            f"{height} x {width} ({number}, e.g. {_printable(files[shapes.index(shape)])})"
            for shape, number in sizes.most_common()
            for height, width in [shape]
        ]
        raise InputError(
            self.path,
            f"images of {len(sizes)} sizes (height x width): {_first(listed)}",
            "one, or `size: [HEIGHT, WIDTH]`, to which all are scaled",
        )


def _below(top: Path) -> list[Path]:
    paths: list[Path] = []
    for here, folders, names in os.walk(top, onerror=_refuse):
        folders[:] = [name for name in folders if not name.startswith(".")]
        paths += [Path(here, name) for name in names if not name.startswith(".")]
    return paths


def _refuse(error: OSError) -> None:
    raise InputError(error.filename, str(error.strerror)) from None


def _printable(file: Path) -> str:
    """The path as text, escaped if it contains line breaks or other unprintable characters."""
    text = file.as_posix()
    return text if text.isprintable() else ascii(text)


def _first(items: Sequence[str]) -> str:
    more = len(items) - MAX_NAMED
    return ", ".join(items[:MAX_NAMED]) + (f" and {more} more" if more > 0 else "")


def _count(number: int, what: str) -> str:
    return f"{number} {what}" + ("s" if number > 1 else "")
