"""Raw files from the user's folder, the download cache, or a mirror, verified by checksum."""

import hashlib
import os
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urljoin

from aebench.core.errors import InputError
from aebench.core.files import atomic_write

DATA_DIR = "AEBENCH_DATA_DIR"


@dataclass(frozen=True)
class Limits:
    """Limits of a download: seconds and bytes per attempt, attempts per mirror."""

    connect: float = 10.0
    stall: float = 30.0
    total: float = 900.0
    size: int = 100_000_000
    tries: int = 2


class _Refused(Exception):
    """A failed attempt; its text is the reason."""


def fetch(
    dataset: str, file: str, md5: str, mirrors: Sequence[str], limits: Limits | None = None
) -> Path:
    """Return the path of a raw file whose MD5 sum is `md5`.

    Looks in `$AEBENCH_DATA_DIR/<dataset>/<file>`, then in the download cache, then downloads from
    the mirrors in turn. Raises InputError if the user's file has another checksum, or if no mirror
    provides the file.
    """
    if own := _own_file(dataset, file):
        if (checksum := _md5(own)) != md5:
            raise InputError(own, f"MD5 is {checksum}; expected {md5}: damaged or another file")
        return own

    import pooch

    cached = Path(pooch.os_cache("aebench")) / dataset / file
    if cached.exists() and _md5(cached) == md5:
        return cached
    return _download(cached, file, md5, mirrors, limits or Limits())


def _own_file(dataset: str, file: str) -> Path | None:
    folder = os.environ.get(DATA_DIR)
    if not folder:
        return None
    if not Path(folder).is_dir():
        raise InputError(f"{DATA_DIR}={folder}", "no such folder; unset it to download")
    path = Path(folder) / dataset / file
    return path if path.exists() else None


def _download(path: Path, file: str, md5: str, mirrors: Sequence[str], limits: Limits) -> Path:
    failures = []
    for mirror in mirrors:
        for attempt in range(limits.tries):
            time.sleep(attempt)
            try:
                with atomic_write(path) as temporary:
                    _get(urljoin(mirror, file), temporary, limits)
                    if (checksum := _md5(temporary)) != md5:
                        raise _Refused(f"wrong MD5 {checksum}")
                return path
            except _Refused as error:
                reason = str(error)
        failures.append(f"{mirror} ({reason})")
    raise InputError(
        file,
        f"could not be downloaded from {', '.join(failures)}; "
        f"put it into a folder and set {DATA_DIR} (see data/README.md)",
    )


def _get(url: str, path: Path, limits: Limits) -> None:
    """Download `url` to `path` within the limits; raises _Refused."""
    from pooch import HTTPDownloader
    from requests import RequestException

    download = HTTPDownloader(
        progressbar=sys.stderr.isatty(), timeout=(limits.connect, limits.stall)
    )
    errors: list[Exception] = []

    def work() -> None:
        try:
            download(url, _LimitedFile(file, limits.size), None)
        except Exception as error:
            errors.append(error)

    with path.open("wb") as file:
        # A read time-out restarts with each byte, so only a second thread can limit the total. If
        # abandoned, it ends at its next write, because the file is closed by then.
        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        thread.join(limits.total)
        if thread.is_alive():
            raise _Refused(f"not there after {limits.total:g} s")
    for error in errors:
        # ValueError: a malformed header, such as a length that is not a number.
        if isinstance(error, RequestException | ValueError):
            raise _Refused(_short(error)) from None
        raise error


class _LimitedFile:
    """A file that raises _Refused at more than `size` bytes."""

    def __init__(self, file: BinaryIO, size: int):
        self.file, self.size = file, size

    def write(self, chunk: bytes) -> None:
        if self.file.tell() + len(chunk) > self.size:
            raise _Refused(f"more than {self.size} bytes")
        self.file.write(chunk)

    def flush(self) -> None:
        pass


def _short(error: Exception) -> str:
    response = getattr(error, "response", None)
    if response is not None:
        return f"HTTP {response.status_code}"
    return "timed out" if "timed out" in str(error) else type(error).__name__


def _md5(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "md5").hexdigest()
