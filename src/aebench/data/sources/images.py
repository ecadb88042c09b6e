"""Source `images`: a folder of image files, with or without a subfolder per class."""

import math
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

from aebench.core.errors import InputError
from aebench.core.progress import bar
from aebench.data.folder import count, find_images, listed, printable
from aebench.data.image_file import Picture, Unreadable, read_header, read_image
from aebench.data.own import MAX_BYTES, SMALL_FILES, OwnData
from aebench.data.raw import Raw

# Names of folders in which programs keep smaller copies.
THUMBNAILS = frozenset(("thumb", "thumbs", "thumbnail", "thumbnails", "preview", "previews"))


class ImageFolder(OwnData):
    """All images in the folder `path` and its subfolders, in the order of their paths.

    With `labels: folders` each subfolder is a class; with `none` there are no classes. `broken`
    files, which are not readable as images, are fatal or skipped. `range: null` means 0 and the
    largest number of 8 or 16 bits.
    """

    source: Literal["images"]
    labels: Literal["folders", "none"] = "folders"
    broken: Literal["fatal", "skip"] = "fatal"

    def read(self) -> Raw:
        """Read the images; raises InputError also for no folder, broken files or mixed sizes."""
        found = find_images(self.location)
        pictures, files, notes = self._read(found.images, read_image)
        notes += found.notes()
        return self.raw([picture.pixels for picture in pictures], self._classes(files), notes)

    def check(self) -> None:
        """Raise InputError for what folders and the headers of up to 5,000 files show to be wrong.

        That of each file would take as long as reading small images.
        """
        images = find_images(self.location).images
        step = math.ceil(len(images) / SMALL_FILES)
        _, files, _ = self._read(images[::step], read_header)
        files = files if step == 1 else images
        self.labelled(len(files), self._classes(files))

    def _read(
        self, images: Sequence[Path], read: Callable[..., Picture]
    ) -> tuple[list[Picture], list[Path], list[str]]:
        """Pictures of one size, the files that are not broken, and notes."""
        pictures: list[Picture] = []
        files: list[Path] = []
        broken: dict[str, list[str]] = {}
        total = 0
        # The bar appears only after a second.
        for file in bar(images, desc=f"reading {self.path}", unit="file", delay=1, leave=False):
            try:
                picture = read(self.location / file, self.size, self.range)
            except Unreadable as error:
                broken.setdefault(str(error), []).append(printable(file))
                continue
            shape = picture.pixels.shape
            self.refuse_large(shape[:2], f"{self.path}: {printable(file)}")
            total += picture.pixels.nbytes
            if total > MAX_BYTES:
                raise InputError(
                    self.path,
                    f"more than {MAX_BYTES} bytes of pixels; "
                    "`size: [HEIGHT, WIDTH]` scales images to less",
                )
            pictures.append(picture)
            files.append(file)
        notes = _doubts(files)
        reasons = listed([f"{listed(names)} ({reason})" for reason, names in broken.items()])
        if broken:
            number = sum(map(len, broken.values()))
            shown = f"{count(number, 'broken file')}: {reasons}"
            if self.broken == "fatal":
                raise InputError(self.path, shown, "none, or `broken: skip`")
            notes.insert(0, f"Left out: {shown}")
        if not pictures:
            raise InputError(self.path, f"all of its images are broken: {reasons}")
        self._same_size(pictures, files)
        remarks = Counter(picture.remark for picture in pictures if picture.remark)
        notes += [f"{count(number, 'file')}: {remark}" for remark, number in remarks.items()]
        return pictures, files, notes

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

    def _same_size(self, pictures: Sequence[Picture], files: Sequence[Path]) -> None:
        shapes = [picture.pixels.shape[:2] for picture in pictures]
        sizes = Counter(shapes)
        if len(sizes) == 1:
            return
        shown = [
            f"{height} x {width} ({number}, e.g. {printable(files[shapes.index(shape)])})"
            for shape, number in sizes.most_common()
            for height, width in [shape]
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
