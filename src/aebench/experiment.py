"""Files of studies and sweeps: a mapping, and what `sets` changes in it for a data set."""

from pathlib import Path
from typing import Any

from aebench.errors import InputError
from aebench.params import read_yaml


def read_experiment(path: Path, dataset: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the file says for all data sets, and its changes for this one.

    Raises InputError, one line, where it is no such file or says nothing of the data set.
    """
    raw = read_yaml(path)
    if not isinstance(raw, dict):
        raise InputError(f"{path}: not a mapping")
    changes = raw.pop("sets", None) or {}
    if not isinstance(changes, dict):
        raise InputError(f"{path}: sets: not a mapping from data sets to changes")
    if dataset not in changes:
        allowed = ", ".join(map(str, changes))
        raise InputError(f"{path}: sets: says nothing of '{dataset}'; allowed: {allowed}")
    changed = changes[dataset] or {}
    if not isinstance(changed, dict):
        raise InputError(f"{path}: sets.{dataset}: not a mapping")
    return raw, changed
