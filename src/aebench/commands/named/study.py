"""`study:likelihood/vampprior/0`: a study, the levels that tell its cell from others, a seed.

Nothing is trained: the grid gives the run's id, and the store has that run or lacks it.
"""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from aebench.commands.named.entry import Entry, Parts
from aebench.commands.named.levels import matching, shortest
from aebench.commands.named.name import Name
from aebench.config.experiment import data_sets
from aebench.core import paths
from aebench.core.errors import InputError
from aebench.data.prepared import Prepared
from aebench.experiments.cell import Cell, Levels
from aebench.experiments.context import RunContext
from aebench.experiments.done import stored_outcome
from aebench.experiments.outcome import Outcome
from aebench.studies import config, grid, tune
from aebench.training.runs import RunStore


@dataclass(frozen=True)
class Models:
    """The cells of a study that are models, not baselines, and the levels in their names.

    Before the study is tuned nothing of it is trained, and `tuned` is False.
    """

    study: str
    prepared: Prepared
    cells: list[Cell]
    short: list[Parts]
    tuned: bool

    def parts(self, i: int) -> Parts:
        """The parts of the name of cell `i`."""
        return self.study, *self.short[i], str(self.cells[i].seed)

    def entry(self, i: int) -> Entry:
        """The model of cell `i`, whatever code trained it."""
        cell = self.cells[i]
        run = RunStore().trained(cell.specs(self.prepared)[-1].id) if self.tuned else None
        return Entry(self.parts(i), run, cell.label)


def experiments(dataset: str) -> list[str]:
    """The studies for a data set."""
    names = config.names()
    return [name for name in names if dataset in data_sets(config.FOLDER / f"{name}.yaml")]


def command(study: str, dataset: str) -> str:
    """The command that trains the models of a study."""
    return f"`aebench study {shlex.quote(study)} --dataset {dataset}`"


def entries(study: str, dataset: str, prepared: Prepared) -> list[Entry]:
    """All models of a study; raises InputError if it is not valid."""
    models = _models(study, config.load_study(study, dataset), dataset, prepared)
    return [models.entry(i) for i in range(len(models.cells))]


def find(name: Name, dataset: str) -> Entry:
    """The model; raises InputError if the name fits none, or several."""
    study, *levels = name.parts
    # First the file, in which a name may be wrong.
    settings = config.load_study(study, dataset)
    models = _models(study, settings, dataset, Prepared.load(paths.prepared(dataset)))
    seed = levels.pop() if levels else ""
    with_seed = [i for i, cell in enumerate(models.cells) if str(cell.seed) == seed]
    at = [with_seed[j] for j in matching([models.cells[i].levels for i in with_seed], levels)]
    if len(at) != 1:
        fault = "the levels of several models" if at else "no model of this study"
        names = [str(name._replace(parts=models.parts(i))) for i in at or range(len(models.cells))]
        raise InputError(str(name), fault, ", ".join(names))
    return models.entry(at[0])


def _models(study: str, settings: config.Study, dataset: str, prepared: Prepared) -> Models:
    tuned = _tuned(settings, RunContext.here(dataset, prepared))
    places = grid.variants(settings)
    # Those of baselines, too: a name must not fit them either.
    names = {_key(place): short for place, short in zip(places, shortest(places), strict=True)}
    cells = [cell for cell in grid.cells(settings, tuned) if not cell.recipe.baseline]
    short = [names[_key(cell.levels)] for cell in cells]
    return Models(study, prepared, cells, short, tuned is not None)


def _key(levels: Levels) -> Parts:
    return tuple(levels.values())


def _tuned(study: config.Study, context: RunContext) -> dict[str, dict[str, Any]] | None:
    """The overrides that tuning chose, by level; None if the store lacks one of its trials."""

    def find(cells: Sequence[Cell]) -> list[Outcome]:
        outcomes = [stored_outcome(cell, context) for cell in cells]
        done = [outcome for outcome in outcomes if outcome]
        if len(done) < len(outcomes):
            raise tune.NotRun
        return done

    try:
        return tune.tuned(study, find).best
    except tune.NotRun:
        return None
