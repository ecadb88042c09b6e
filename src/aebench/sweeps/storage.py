"""Optuna's storage, and the name of a sweep's study in it."""

import hashlib
import json

import optuna
from sqlalchemy.exc import SQLAlchemyError

from aebench.core.errors import InputError
from aebench.data.prepared import Prepared
from aebench.sweeps.config import Sweep
from aebench.sweeps.dimensions import dimensions
from aebench.training.runs import RunStore

URLS = "sqlite:///FILE, postgresql+psycopg://..., journal:FILE"


def default_storage() -> str:
    """Return the URL of a file in the run store, which all sweeps share."""
    return f"sqlite:///{RunStore().root / 'sweeps.sqlite'}"


def open_storage(url: str) -> optuna.storages.BaseStorage:
    """Open Optuna's storage at `url`; raises InputError if that fails."""
    kind, _, path = url.partition(":")
    try:
        if kind == "journal":
            from optuna.storages.journal import JournalFileBackend

            return optuna.storages.JournalStorage(JournalFileBackend(path))
        if kind == "sqlite":
            RunStore().root.mkdir(parents=True, exist_ok=True)
        return optuna.storages.RDBStorage(url)
    except (SQLAlchemyError, ImportError, ValueError, OSError) as error:
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        raise InputError(f"--storage {url}", f"{reason}", f"{URLS}") from None


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
