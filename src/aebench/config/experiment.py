"""The files of studies and sweeps: a recipe, and the changes of it for each data set."""

import os
import re
from pathlib import Path
from typing import Any

from aebench.config.params import Numerics, config_for, load_params
from aebench.core.errors import InputError
from aebench.core.files import read_yaml
from aebench.core.overrides import merge

# The recipe over which those of all studies and sweeps are merged.
BASE = Path("studies") / "base.yaml"
# Folders, files and runs in MLflow are named by it, and MLflow's searches have quotes around it.
NAME = re.compile(r"\w[\w .,+-]{0,99}")
NAMES = "up to 100 letters, digits, spaces and _ . , + -, of which the first is a letter or digit"


def read_experiment(path: Path, dataset: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Read a file: its content for all data sets, and its changes for `dataset`.

    Its `recipe` is merged over the base, and that over precision and threads of params.yaml. Raises
    InputError, one line, if the file is malformed or its `sets` lacks the data set.
    """
    if not NAME.fullmatch(path.stem):
        raise InputError(path, "its name is not one of a study or sweep", NAMES)
    raw = read_yaml(path)
    if not isinstance(raw, dict):
        raise InputError(f"{path}: not a mapping")
    changes = raw.pop("sets", None) or {}
    if not isinstance(changes, dict):
        raise InputError(f"{path}: sets: not a mapping from data sets to changes")
    if dataset not in changes:
        allowed = ", ".join(map(str, changes))
        raise InputError(path, f"sets: says nothing of '{dataset}'", f"{allowed}")
    changed = changes[dataset] or {}
    if not isinstance(changed, dict):
        raise InputError(f"{path}: sets.{dataset}: not a mapping")
    recipe = raw.get("recipe") or {}
    if isinstance(recipe, dict):
        raw["recipe"] = merge(_base(dataset), recipe)
    return raw, changed


def data_sets(path: Path) -> list[str]:
    """The data sets that a file of a study or sweep is for; raises InputError if it is no YAML."""
    raw = read_yaml(path)
    sets = raw.get("sets") if isinstance(raw, dict) else None
    return [str(name) for name in sets] if isinstance(sets, dict) else []


def _base(dataset: str) -> dict[str, Any]:
    # A project may have no base, or an empty one.
    base = read_yaml(BASE) if os.path.lexists(BASE) else {}
    base = {} if base is None else base
    if not isinstance(base, dict):
        raise InputError(f"{BASE}: not a mapping")
    return config_for(load_params(), dataset).model_dump(include=set(Numerics.model_fields)) | base
