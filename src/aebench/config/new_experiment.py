"""`aebench new study NAME`, `aebench new sweep NAME`: a commented file that runs."""

import textwrap
from importlib.resources import files
from pathlib import Path

from aebench.config.automatic import automatic
from aebench.config.edit import as_yaml
from aebench.config.experiment import NAME, NAMES
from aebench.config.params import load_params
from aebench.core import paths
from aebench.core.errors import InputError
from aebench.core.files import write_text
from aebench.core.overrides import merge
from aebench.data.facts import Facts

# Kind -> the folder of its files.
FOLDERS = {"study": Path("studies"), "sweep": Path("sweeps")}


def new_experiment(kind: str, name: str, dataset: str) -> Path:
    """Write the file, for `dataset`; returns its path.

    Where recipes are chosen to suit the data set's images, its recipe is that of the pipeline's
    autoencoder, since that of `studies/base.yaml` is made for digits. Raises InputError for a name
    that no study or sweep may have, or where the file is there.
    """
    if not NAME.fullmatch(name):
        raise InputError(f"new {kind}", f"'{name}' is no name", NAMES)
    path = FOLDERS[kind] / f"{name}.yaml"
    if path.exists():
        raise InputError(path, "exists", "another name")
    template = files("aebench.config").joinpath("templates", f"{kind}.yaml").read_text("utf-8")
    text = template.replace("RECIPE", textwrap.indent(_recipe(dataset), "  ").rstrip())
    write_text(path, text.replace("NAME", name).replace("DATASET", dataset))
    return path


def _recipe(dataset: str) -> str:
    source = load_params().sets[dataset]
    if not source.fits_data or not paths.prepared(dataset).exists():
        return "training.epochs: 20"
    chosen = automatic(Facts.of_set(dataset))
    return as_yaml(merge(chosen, source.overrides)["recipes"]["autoencoder"])
