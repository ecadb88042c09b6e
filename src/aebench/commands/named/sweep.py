"""`sweep:vae/0`: the settings that won a sweep, trained with a seed of its selection."""

import shlex

from aebench.commands.named.entry import Entry
from aebench.commands.named.name import Name
from aebench.config.experiment import data_sets
from aebench.core import paths
from aebench.core.errors import InputError
from aebench.core.files import read_yaml
from aebench.data.prepared import Prepared
from aebench.sweeps import selection
from aebench.sweeps.config import FOLDER, load_sweep, names
from aebench.training.runs import RunStore


def experiments(dataset: str) -> list[str]:
    """The sweeps for a data set."""
    return [name for name in names() if dataset in data_sets(FOLDER / f"{name}.yaml")]


def command(sweep: str, dataset: str) -> str:
    """The command that finds the winner of a sweep and trains it."""
    return f"`aebench sweep {shlex.quote(sweep)} --dataset {dataset}`"


def entries(name: str, dataset: str, prepared: Prepared) -> list[Entry]:
    """The winner, a model a seed; none before the sweep is done.

    Raises InputError if the sweep is not valid.
    """
    sweep = load_sweep(name, dataset)
    path = paths.sweep(dataset, name) / selection.BEST
    if not path.exists():
        return []
    winner = selection.Candidate("winner", read_yaml(path) or {})
    return [
        Entry((name, str(cell.seed)), RunStore().trained(cell.specs(prepared)[-1].id), cell.label)
        for cell in selection.cells(sweep, [winner])
    ]


def find(name: Name, dataset: str) -> Entry:
    """The model; raises InputError if there is no winner, or none of this seed."""
    sweep = name.parts[0]
    of_sweep = entries(sweep, dataset, Prepared.load(paths.prepared(dataset)))
    if not of_sweep:
        raise InputError(f"{name}: no winner yet; {command(sweep, dataset)} finds it")
    for entry in of_sweep:
        if entry.parts == name.parts:
            return entry
    allowed = ", ".join(str(name._replace(parts=entry.parts)) for entry in of_sweep)
    raise InputError(str(name), "no model of this sweep", allowed)
