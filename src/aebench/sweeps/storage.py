"""Optuna's storage, and the name of a sweep's study in it."""

import contextlib
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import optuna
from filelock import FileLock
from sqlalchemy import create_engine, inspect
from sqlalchemy.exc import SQLAlchemyError

from aebench.core.errors import InputError
from aebench.core.stops import disk_error
from aebench.core.urls import sqlite_url
from aebench.data.prepared import Prepared
from aebench.sweeps.config import Sweep
from aebench.sweeps.dimensions import dimensions
from aebench.training.runs import RunStore

JOURNAL = "journal:"
URLS = "sqlite:///FILE, postgresql+psycopg://..., journal:FILE"


def default_storage() -> str:
    """Return the URL of a file in the run store, which all sweeps share."""
    return sqlite_url(_default_file())


def _default_file() -> Path:
    return RunStore().root / "sweeps.sqlite"


def stored() -> str:
    """The URL of that file; raises InputError before there is one."""
    path = _default_file()
    if not path.exists():
        raise InputError(
            f"{path}: no sweep is stored yet; `aebench sweep vae` runs one, `aebench sweep vae "
            "--import` shows the committed one"
        )
    return default_storage()


def open_storage(url: str) -> optuna.storages.BaseStorage:
    """Open Optuna's storage at `url`; raises InputError if that fails."""
    with _refused(url):
        if url.startswith(JOURNAL):
            from optuna.storages.journal import JournalFileBackend

            return optuna.storages.JournalStorage(JournalFileBackend(url.removeprefix(JOURNAL)))
        if url != default_storage():
            return optuna.storages.RDBStorage(url)
        # Two processes must not create its tables at the same time.
        file = _default_file()
        file.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{file}.lock"):
            return optuna.storages.RDBStorage(url)


def check_storage(url: str) -> None:
    """Raise InputError if there is no storage at `url`; leaves nothing behind where there is none.

    Creates no tables, which two processes must not do at the same time.
    """
    with _refused(url):
        if url.startswith(JOURNAL):
            with Path(url.removeprefix(JOURNAL)).open("ab"):
                pass
        elif url != default_storage():
            engine = create_engine(url)
            inspect(engine).get_table_names()
            engine.dispose()


@contextlib.contextmanager
def _refused(url: str) -> Iterator[None]:
    """Turn the errors of Optuna and SQLAlchemy into InputError."""
    try:
        yield
    except (SQLAlchemyError, ImportError, RuntimeError, ValueError, OSError) as error:
        if (disk := disk_error(error)) and disk.full:
            raise
        lines = str(getattr(error, "orig", None) or error).strip().splitlines()
        raise InputError(f"--storage {url}", lines[0] if lines else "", URLS) from None


def study_name(sweep: Sweep, name: str, dataset: str, prepared: Prepared) -> str:
    """Return the study's name, with a hash of everything but code that its trials depend on.

    A changed sweep is therefore another study. The number of trials and the selection are not
    hashed, so that both can grow.
    """
    left_out = {"title", "trials", "selection", "applies_to"}
    trials = {key: value for key, value in sweep.identity().items() if key not in left_out}
    names = [dimension.name for dimension in dimensions(sweep)]
    text = json.dumps([trials, names, prepared.checksum], sort_keys=True)
    return f"{dataset} {name} {hashlib.sha256(text.encode()).hexdigest()[:8]}"
