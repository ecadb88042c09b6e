"""`aebench new study NAME`, `aebench new sweep NAME`: a commented file that runs."""

from importlib.resources import files
from pathlib import Path

from aebench.config.experiment import NAME, NAMES
from aebench.core.errors import InputError
from aebench.core.files import write_text

# Kind -> the folder of its files.
FOLDERS = {"study": Path("studies"), "sweep": Path("sweeps")}


def new_experiment(kind: str, name: str, dataset: str) -> Path:
    """Write the file, for `dataset`; returns its path.

    Raises InputError for a name that no study or sweep may have, or where the file is there.
    """
    if not NAME.fullmatch(name):
        raise InputError(f"new {kind}", f"'{name}' is no name", NAMES)
    path = FOLDERS[kind] / f"{name}.yaml"
    if path.exists():
        raise InputError(path, "exists", "another name")
    template = files("aebench.config").joinpath("templates", f"{kind}.yaml").read_text("utf-8")
    write_text(path, template.replace("NAME", name).replace("DATASET", dataset))
    return path
