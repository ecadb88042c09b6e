"""Source `images`: a folder of image files, with or without a subfolder per class."""

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Literal, NoReturn

import numpy as np
from pydantic import AfterValidator

from aebench.core.errors import InputError
from aebench.core.progress import bar
from aebench.data.folder import count, find_images, listed, printable
from aebench.data.image_file import Picture, Unreadable, read_header, read_image
from aebench.data.image_files import read_files, read_files_by_processes
from aebench.data.own import SMALL_FILES, ImageStack, OwnData
from aebench.data.raw import Raw

# Names of folders in which programs keep smaller copies.
THUMBNAILS = frozenset(("thumb", "thumbs", "thumbnail", "thumbnails", "preview", "previews"))


def _a_pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"{text!r} is no regular expression: {error}") from None
    return text


class ImageFolder(OwnData):
    """All images in the folder `path` and its subfolders, in the order of their paths.

    With `labels: folders` each subfolder is a class; with `none` there are no classes. `broken`
    files, which are not readable as images, are fatal or skipped. `range: null` means 0 and the
    largest number of 8 or 16 bits. `group` is a regular expression that finds in a file's path the
    name of its group, as its first parenthesis or as a whole.
    """

    source: Literal["images"]
    labels: Literal["folders", "none"] = "folders"
    broken: Literal["fatal", "skip"] = "fatal"
    group: Annotated[str, AfterValidator(_a_pattern)] | None = None

    def read(self) -> Raw:
        """Read the images; raises InputError also for no folder, broken files or mixed sizes."""
        found = find_images(self.location)
        stack = ImageStack(len(found.images), self.color, self.path)
        read = partial(read_image, size=self.size, bounds=self.range)
        pictures = read_files_by_processes(read, self._paths(found.images))
        files, notes = self._checked(found.images, pictures, stack.add)
        remarks = [*notes, *found.notes()]
        return self.raw(stack.images(), self._classes(files), remarks, self._groups(files))

    def check(self) -> None:
        """Raise InputError for what folders and the headers of up to 5,000 files show to be wrong.

        That of each file would take as long as reading small images.
        """
        images = find_images(self.location).images
        some = images[:: math.ceil(len(images) / SMALL_FILES)]
        read = partial(read_header, size=self.size, bounds=self.range)
        files, _ = self._checked(some, read_files(read, self._paths(some)), lambda pixels: None)
        files = files if len(some) == len(images) else images
        self.labelled(len(files), self._classes(files))
        self._groups(files)

    def _paths(self, files: Sequence[Path]) -> list[Path]:
        return [self.location / file for file in files]

    def _checked(
        self,
        images: Sequence[Path],
        pictures: Iterable[Picture | Unreadable],
        use: Callable[[np.ndarray], None],
    ) -> tuple[list[Path], list[str]]:
        """The files that are not broken, whose pixels are passed to `use`, and notes.

        Raises InputError if there are none, or if they have several sizes.
        """
        files: list[Path] = []
        broken: dict[str, list[str]] = {}
        # Size -> files of it, and the first.
        sizes: Counter[tuple[int, ...]] = Counter()
        first: dict[tuple[int, ...], Path] = {}
        remarks: Counter[str] = Counter()
        both = zip(images, pictures, strict=True)
        # The bar appears only after a second.
        for file, picture in bar(
            both, total=len(images), desc=f"reading {self.path}", unit="file", delay=1, leave=False
        ):
            if isinstance(picture, Unreadable):
                broken.setdefault(str(picture), []).append(printable(file))
                continue
            shape = picture.pixels.shape[:2]
            self.refuse_large(shape, f"{self.path}: {printable(file)}")
            sizes[shape] += 1
            first.setdefault(shape, file)
            if picture.remark:
                remarks[picture.remark] += 1
            use(picture.pixels)
            files.append(file)
        notes = _doubts(files)
        reasons = listed([f"{listed(names)} ({reason})" for reason, names in broken.items()])
        if broken:
            number = sum(map(len, broken.values()))
            shown = f"{count(number, 'broken file')}: {reasons}"
            if self.broken == "fatal":
                raise InputError(self.path, shown, "none, or `broken: skip`")
            notes.insert(0, f"Left out: {shown}")
        if not files:
            raise InputError(self.path, f"all of its images are broken: {reasons}")
        if len(sizes) > 1:
            self._refuse_sizes(sizes, first)
        notes += [f"{count(number, 'file')}: {remark}" for remark, number in remarks.items()]
        return files, notes

    def _classes(self, files: Sequence[Path]) -> list[str] | None:
        """The first folder of each file; None if no file is in a folder, or without labels."""
        outside = [file for file in files if len(file.parts) == 1]
        if self.labels == "none" or len(outside) == len(files):
            return None
        if outside:
            raise InputError(
                self.path,
                f"{printable(outside[0])} lies beside folders of classes, not in one",
                "all images in folders, none in folders, or `labels: none`",
            )
        return [file.parts[0] for file in files]

    def _groups(self, files: Sequence[Path]) -> list[str] | None:
        if self.group is None:
            return None
        groups = []
        for file in files:
            match = re.search(self.group, file.as_posix())
            if match is None:
                raise InputError(
                    self.path, f"{printable(file)} has no group", f"a path that fits {self.group!r}"
                )
            groups.append(match[1] if match.re.groups else match[0])
        return groups

    def _refuse_sizes(
        self, sizes: "Counter[tuple[int, ...]]", first: Mapping[tuple[int, ...], Path]
    ) -> NoReturn:
        shown = [
            f"{height} x {width} ({number}, e.g. {printable(first[height, width])})"
            for (height, width), number in sizes.most_common()
        ]
        raise InputError(
            self.path,
            f"images of {len(sizes)} sizes (height x width): {listed(shown)}",
            "one, or `size: [HEIGHT, WIDTH]`, to which all are scaled",
        )


def _doubts(files: Sequence[Path]) -> list[str]:
    """Notes on files that may be copies of others."""
    thumbnails = {part for file in files for part in file.parts[:-1] if _is_thumbnails(part)}
    stems = Counter(file.with_suffix("") for file in files)
    twins = [printable(file) for file in files if stems[file.with_suffix("")] > 1]
    notes = []
    if thumbnails:
        notes.append(
            f"Images in folders called {', '.join(sorted(thumbnails))} are used like all others; "
            "if they are smaller copies, move them elsewhere"
        )
    if twins:
        notes.append(
            f"{len(twins)} images are called as others but for the ending, {listed(twins)}; "
            "if they are copies, remove one of each"
        )
    return notes


def _is_thumbnails(folder: str) -> bool:
    return folder.casefold() in THUMBNAILS and folder.isprintable()
