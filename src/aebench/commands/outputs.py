"""Where results go: an output that exists is refused, and none is left half-written."""

import contextlib
import errno
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from aebench.core.errors import InputError
from aebench.core.files import UNUSABLE, temporary_prefix


def check_file(output: Path, force: bool, inputs: Sequence[Path] = ()) -> None:
    """Raises InputError where a file cannot go to `output`, or one is there without `force`.

    An input is never written over.
    """
    if output.is_dir():
        raise InputError(output, "is a folder", "the name of a file")
    if any(_same(output, given) for given in inputs):
        raise InputError(output, "is an input", "another output")
    if output.exists() and not force:
        raise InputError(f"{output}: exists; --force writes over it")
    _check_parents(output)


def check_folder(output: Path, force: bool, inputs: Sequence[Path] = ()) -> None:
    """The same for a folder, in which `force` writes over files of the same name alone.

    It may not lie in a folder of inputs: the next time its files would be inputs, too.
    """
    if output.exists() and not output.is_dir():
        raise InputError(output, "is a file", "the name of a folder")
    for given in inputs:
        if given.is_dir() and output.resolve().is_relative_to(given.resolve()):
            raise InputError(output, f"lies in {given}, an input", "a folder elsewhere")
        if not given.is_dir() and _same(given.parent, output):
            raise InputError(output, f"holds {given}, an input", "another folder")
    if output.is_dir() and any(output.iterdir()) and not force:
        raise InputError(f"{output}: exists; --force writes over files of the same names in it")
    _check_parents(output)


def _same(a: Path, b: Path) -> bool:
    return a.resolve() == b.resolve()


def _check_parents(output: Path) -> None:
    for parent in output.absolute().parents:
        if parent.exists():
            if not parent.is_dir():
                raise InputError(output, f"{parent} is a file", "a folder")
            if not os.access(parent, os.W_OK):
                raise InputError(f"{output}: nothing may be written to {parent}")
            return


@contextlib.contextmanager
def atomic_folder(output: Path) -> Iterator[Path]:
    """A temporary folder beside `output`, whose files move there when the block ends well."""
    output.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(dir=output.parent, prefix=temporary_prefix(output)))
    try:
        yield temporary
        temporary.chmod(0o755)
        if not output.exists():
            temporary.rename(output)
            return
        files = sorted(path for path in temporary.rglob("*") if path.is_file())
        targets = [output / file.relative_to(temporary) for file in files]
        # Before the first moves: either all of them do or none.
        for target in targets:
            with fit_for_a_file(target):
                target.parent.mkdir(parents=True, exist_ok=True)
                if target.is_dir():
                    raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        for file, target in zip(files, targets, strict=True):
            os.replace(file, target)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


@contextlib.contextmanager
def fit_for_a_file(path: Path) -> Iterator[None]:
    """Raises InputError, which names `path`, where the block finds that no file can be there."""
    try:
        yield
    except OSError as error:
        if error.errno not in UNUSABLE:
            raise
        raise InputError(
            path, f"{error.strerror}", "names that are short and no folder's"
        ) from None
