"""Checks of the folder `own/`, all of which DVC reads for each data set."""

import os
from pathlib import Path

from aebench.core.errors import InputError
from aebench.core.files import FOLDER, special


def check_own(folder: Path) -> None:
    """Raise InputError for what DVC stops at or waits for without naming it.

    That is a name that is not UTF-8, a named pipe, socket or device, a link that leads nowhere, and
    what cannot be read.
    """

    def refuse(error: OSError) -> None:
        raise InputError(error.filename, str(error.strerror)) from None

    if not folder.exists():
        return
    for here, folders, names in os.walk(folder, onerror=refuse):
        for name in sorted(folders + names):
            _check(Path(here, name))


def _check(path: Path) -> None:
    # A byte that is not UTF-8 becomes a lone surrogate.
    if any("\ud800" <= character <= "\udfff" for character in path.name):
        raise InputError(path, "its name is not UTF-8", "names that are, or DVC stops")
    try:
        kind = special(path.stat().st_mode)
    except OSError as error:
        raise InputError(path, str(error.strerror), "a file or folder, or DVC stops") from None
    if kind and kind != FOLDER:
        raise InputError(path, kind, "files and folders, or DVC waits for it")
    if not os.access(path, os.R_OK):
        raise InputError(path, "may not be read", "files that may, or DVC stops")
