"""Where the model lies that a name or path means."""

import importlib
import os
from dataclasses import dataclass
from pathlib import Path

from aebench.commands.named.name import ALLOWED, parse_name
from aebench.core.errors import InputError
from aebench.core.nearest import did_you_mean
from aebench.training.runs import Run
from aebench.zoo import cards


@dataclass(frozen=True)
class Located:
    """A saved file or a run; `dataset` is the data set that it was trained on, if that is known."""

    source: Path | Run
    dataset: str | None


def locate(text: str | Path) -> Located:
    """The model of a name or path.

    Raises InputError for what means no model, and for a name whose model is not trained: then it
    says which command trains it.
    """
    name, dataset = parse_name(str(text)), dataset_of(text)
    if in_zoo(text):
        return Located(cards.weights(str(text)), dataset)
    if name is None or dataset is None:
        return Located(_saved(Path(text)), dataset)
    # Imported here, since a path needs no study.
    kind = importlib.import_module(f"aebench.commands.named.{name.kind}")
    source = kind.find(name, dataset).source
    if source is None:
        command = kind.command(name.parts[0], dataset)
        raise InputError(f"{name}: not trained; {command} trains it")
    return Located(source, dataset)


def _saved(path: Path) -> Path:
    # Where one of a model's two files is there, reading it tells which is missing.
    if path.exists() or path.with_suffix(".json").exists():
        return path
    nearest = did_you_mean(str(path), cards.names())
    raise InputError(f"{path}{nearest}", "no such file, and no name of a model", ALLOWED)


def in_zoo(text: str | Path) -> bool:
    """Whether a name is that of a model that comes with the package, and of no file here."""
    return str(text) in cards.names() and not Path(text).exists()


def dataset_of(text: str | Path) -> str | None:
    """The data set that the model of a name or path was trained on, if that is known.

    That is DATASET of models/DATASET/NAME.safetensors in the project. Finds no model, which may
    take a while. Raises InputError as `parse_name` does, and for a name whose data set params.yaml
    lacks.
    """
    if in_zoo(text):
        return cards.card(str(text)).dataset
    if name := parse_name(str(text)):
        # Imported here, since a path needs no params.yaml.
        from aebench.config.params import given_or_first

        return given_or_first(name.dataset)
    match Path(os.path.relpath(text)).parts:
        case ["models", dataset, _]:
            return dataset
    return None
