"""Finds the images in a folder and everything below it."""

import os
import stat
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from aebench.core.errors import InputError
from aebench.data.image_file import SUFFIXES

# Files named in a message.
MAX_NAMED = 5
# Folders in which systems keep thumbnails and copies: of Synology, QNAP, macOS, Windows, Linux.
# Those whose names begin with a dot are passed over in any case.
COPIES = frozenset(
    {"@eadir", "@__thumb", "@recycle", "@tmp", "#recycle", "#snapshot", "__macosx", "lost+found"}
    | {"$recycle.bin", "system volume information"}
)


@dataclass
class Found:
    """Paths relative to the folder, sorted.

    `images` are the files with the ending of an image. Others are passed over: `hidden` images,
    thumbnails among them, files of `other` kinds, and `links` to folders.
    """

    images: list[Path] = field(default_factory=list)
    hidden: list[Path] = field(default_factory=list)
    other: list[Path] = field(default_factory=list)
    links: list[Path] = field(default_factory=list)

    def notes(self) -> list[str]:
        """A sentence on each kind of what was passed over."""
        unseen = (
            (self.hidden, "hidden image or thumbnail", "hidden images and thumbnails"),
            (self.links, "link to a folder", "links to folders"),
        )
        notes = [
            f"Passed over: {len(paths)} {many if len(paths) > 1 else one}, "
            f"such as {printable(paths[0])}"
            for paths, one, many in unseen
            if paths
        ]
        if self.other:
            endings = Counter(path.suffix.lower() or "no ending" for path in self.other)
            kinds = listed([f"{number} {ending}" for ending, number in endings.most_common()])
            notes.append(f"Passed over: {count(len(self.other), 'file')} of another kind: {kinds}")
        return notes


def find_images(folder: Path) -> Found:
    """The images in `folder`, also in folders to which links in `folder` itself point.

    Links further down are passed over, since they could form a ring. Raises InputError if there is
    no image, or if a folder cannot be read.
    """
    try:
        is_folder = stat.S_ISDIR(folder.stat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        is_folder = False
    except OSError as error:
        _refuse(error)
    if not is_folder:
        raise InputError(folder, "no such folder")
    found = Found()
    for path in _files(folder, found):
        name = path.relative_to(folder)
        if path.suffix.lower() not in SUFFIXES:
            if not _hidden(name):
                found.other.append(name)
        elif _hidden(name):
            found.hidden.append(name)
        else:
            found.images.append(name)
    for paths in (found.images, found.hidden, found.other, found.links):
        paths.sort(key=Path.as_posix)
    if not found.images:
        raise InputError(folder, "no images in it", f"files named {', '.join(sorted(SUFFIXES))}")
    return found


def _files(folder: Path, found: Found) -> Iterator[Path]:
    """All files; links to folders that are not followed are added to `found`."""

    def refuse(error: OSError) -> None:
        # Only the system may read its own folders, such as lost+found.
        if not _hidden(Path(error.filename).relative_to(folder)):
            _refuse(error)

    tops = [folder]
    while tops:
        for here, folders, names in os.walk(tops.pop(), onerror=refuse):
            yield from (Path(here, name) for name in names)
            for link in (Path(here, name) for name in folders if Path(here, name).is_symlink()):
                name = link.relative_to(folder)
                if _hidden(name):
                    continue
                # A link to a folder above would give all images twice.
                if len(name.parts) == 1 and not folder.resolve().is_relative_to(link.resolve()):
                    tops.append(link)
                else:
                    found.links.append(name)


def _hidden(name: Path) -> bool:
    return any(part.startswith(".") or part.casefold() in COPIES for part in name.parts)


def _refuse(error: OSError) -> NoReturn:
    raise InputError(error.filename, str(error.strerror)) from None


def printable(file: Path) -> str:
    """The path as text, escaped if it contains line breaks or other unprintable characters."""
    text = file.as_posix()
    return text if text.isprintable() else ascii(text)


def listed(items: Sequence[str]) -> str:
    """The first items, and how many more there are."""
    more = len(items) - MAX_NAMED
    return ", ".join(items[:MAX_NAMED]) + (f" and {more} more" if more > 0 else "")


def count(number: int, what: str) -> str:
    """`1 file`, `2 files`."""
    return f"{number} {what}" + ("s" if number > 1 else "")
