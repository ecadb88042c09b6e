"""A cell's trainings, layer by layer where the recipe says so, then end to end; what is measured.

Nothing is trained for a tool.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import torch

from aebench import measures, paths
from aebench.data.pixels import to_float
from aebench.data.prepared import Prepared
from aebench.errors import Diverged, InputError
from aebench.measures.subject import Subject
from aebench.models.stacked import pretrained_layers
from aebench.objectives.config import LayerReconstruction, Reconstruction
from aebench.params import Training
from aebench.studies.config import Recipe
from aebench.studies.grid import Cell
from aebench.training.callbacks import Pruned, Reports
from aebench.training.device import resolve_precision
from aebench.training.fit import train
from aebench.training.runs import Run, RunSpec, RunStore

# A validation error of more than so many times that of the mean image.
RISEN = 1.5
# What has not been brought to its end for reasons that are not its own.
FAILED = ("failed", "out of memory")
# A worker may have several threads, but torch has one random number generator for all of them.
_ONE_AT_A_TIME = threading.Lock()


@dataclass(frozen=True)
class Place:
    """Where a cell is at home, so that a worker elsewhere finds the same data and run store."""

    dataset: str
    checksum: str
    store: Path

    @classmethod
    def here(cls, dataset: str, prepared: Prepared) -> "Place":
        """This process's store, under its full path."""
        return cls(dataset, prepared.checksum, RunStore().root.resolve())

    @property
    def runs(self) -> RunStore:
        return RunStore(self.store)


@dataclass(frozen=True)
class Outcome:
    """What became of a cell; `runs` are the ids of its runs, `records` what was measured.

    A tool has no runs.

    `status` is ok, diverged, pruned, or one of FAILED. A training that was not brought to its end
    is the last of them, and may have left a history only, or nothing.
    """

    cell: Cell
    status: str
    runs: list[str]
    reason: str = ""
    records: tuple[str, ...] = ()

    @property
    def measured(self) -> list[measures.Kept]:
        """What its recipe's measures have found, in this process's store."""
        return [measures.kept(RunStore(), record) for record in self.records]

    @property
    def trained(self) -> list[Run]:
        """The runs' folders in this process's store."""
        return [Run(RunStore().folder(id)) for id in self.runs]

    @cached_property
    def gradients_an_evaluation(self) -> int:
        """A Hessian-vector product costs about another gradient."""
        return 2 if self.cell.read().training.optimizer.second_order else 1


def outcome(
    cell: Cell, place: Place, unwanted: Callable[[int, float], bool] | None = None
) -> Outcome:
    """Train the cell's runs, or find them in the store. Never raises but when it is interrupted.

    `unwanted` is told each epoch and validation loss of the last run, and says whether to end it.
    """
    ids: list[str] = []
    try:
        with _ONE_AT_A_TIME:
            run = _train(cell, place, ids, Reports(unwanted) if unwanted else None)
            # The best weights before that may be kept; what the training came to is no result.
            if run and (reason := _no_result(run, place)):
                return Outcome(cell, "diverged", ids, reason)
            records = _measure(cell, place, run)
    except Diverged as error:
        return Outcome(cell, "diverged", ids, str(error))
    except Pruned as error:
        return Outcome(cell, "pruned", ids, str(error))
    # Whatever goes wrong in one cell, the others go on; the study says so at its end.
    except Exception as error:
        status = "out of memory" if _out_of_memory(error) else "failed"
        return Outcome(cell, status, ids, f"{type(error).__name__}: {error}")
    return Outcome(cell, "ok", ids, records=records)


def _no_result(run: Run, place: Place) -> str:
    if run.diverged:
        return "its loss became infinite or no number"
    start = Run(place.runs.folder(run.spec.start)) if run.spec.start else None
    if rose(run, start, _prepared_of(place)):
        return f"its error rose to more than {RISEN:g} times that of the mean image"
    return ""


def rose(run: Run, start: Run | None, prepared: Prepared) -> bool:
    """Whether a training to reconstruct has ended worse than it began, and than one image for all.

    It began with `start`, the run that it goes on from, or with its own first epoch. One that is
    merely slow may be that bad too, but does not rise.
    """
    if "loss" not in run.spec.objective:
        return False
    history = run.history
    first, last = (history[at]["validation_sse_per_image"] for at in (0, -1))
    if last <= (start.metrics["validation"]["sse_per_image"] if start else first):
        return False
    train, validation = (
        to_float(torch.from_numpy(prepared.part(part)[0])) for part in ("train", "validation")
    )
    mean = (validation - train.mean(0)).square().flatten(1).sum(1).mean()
    return last > RISEN * mean.item()


def _train(cell: Cell, place: Place, ids: list[str], reports: Reports | None) -> Run | None:
    prepared = _prepared_of(place)
    if prepared.checksum != place.checksum:
        raise InputError(f"{paths.prepared(place.dataset)}: not the data that the work began with")
    trainings = list(chain(cell, prepared))
    run = None
    for number, (label, after) in enumerate(trainings, start=1):
        spec = after(run)
        ids.append(spec.id)
        heard = reports if number == len(trainings) else None
        run = train(spec, prepared, label, place.runs, run, progress=False, reports=heard)
    return run


def _measure(cell: Cell, place: Place, run: Run | None) -> tuple[str, ...]:
    subject = subject_of(cell, _prepared_of(place), place.runs, run)
    return tuple(measures.measured(one, subject).record.stem for one in cell.read().measures)


def subject_of(cell: Cell, prepared: Prepared, store: RunStore, run: Run | None) -> Subject:
    """What the cell's measures are of: its last run, or its tool."""
    recipe = cell.read()
    unseen = recipe.training.without or ()
    return Subject(run, prepared, store, recipe.tool, cell.seed, unseen)


def _out_of_memory(error: Exception) -> bool:
    # torch has an exception of its own for a GPU's memory, but none for the CPU's.
    kinds = (MemoryError, torch.OutOfMemoryError)
    return isinstance(error, kinds) or "can't allocate memory" in str(error)


def chain(cell: Cell, prepared: Prepared):
    """Pairs of a label and a function from the run before to the spec of the next one.

    There are none for a tool.
    """
    recipe = cell.read()
    if recipe.tool:
        return
    model = recipe.model | {"image_shape": prepared.image_shape}
    precision = resolve_precision(recipe.precision)

    def spec(model: dict, objective, training: Training):
        def after(start: Run | None) -> RunSpec:
            return RunSpec(
                model=model,
                objective={"name": objective.name, **objective.differing()},
                training=training.differing(),
                precision=precision,
                data=prepared.checksum,
                seed=cell.seed,
                start=start.id if start else None,
            )

        return after

    layers = _pretraining(recipe)
    for depth, training in enumerate(layers, start=1):
        net = pretrained_layers(model, depth, recipe.pretrain.method)
        yield f"layer {depth}, {cell.label}", spec(net, layer_objective(recipe), training)
    rest = recipe.training.epochs - sum(training.epochs for training in layers)
    training = recipe.training.model_copy(update={"epochs": rest})
    yield cell.label, spec(model, recipe.objective, training)


def layer_objective(recipe: Recipe) -> Reconstruction | LayerReconstruction:
    """What pretraining minimizes: of the newest layer, or of the whole net as it has grown."""
    kind = {"greedy": LayerReconstruction, "grow": Reconstruction}[recipe.pretrain.method]
    return kind(**recipe.objective.model_dump(exclude={"name"}))


def _pretraining(recipe: Recipe) -> list[Training]:
    """The training of each layer; epochs are what is shared, so that no budget is overdrawn."""
    if recipe.pretrain is None:
        return []
    if recipe.model.get("name") != "stacked" or recipe.objective.name != "reconstruction":
        raise InputError(
            "pretrain: only the model 'stacked' can be trained layer by layer, and only with the "
            "objective 'reconstruction'"
        )
    depth, given = len(recipe.model["widths"]), recipe.pretrain
    epochs = round(given.share * recipe.training.epochs / depth)
    if epochs < 1 or depth * epochs >= recipe.training.epochs:
        raise InputError(
            f"pretrain.share: {given.share} of {recipe.training.epochs} epochs cannot be split "
            f"over {depth} layers"
        )
    changes: dict[str, Any] = {"epochs": epochs, "patience": None}
    for key in ("optimizer", "schedule"):
        if getattr(given, key) is not None:
            changes[key] = getattr(given, key)
    return [recipe.training.model_copy(update=changes)] * depth


def _prepared_of(place: Place) -> Prepared:
    path = paths.prepared(place.dataset)
    return _prepared(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=1)
def _prepared(path: Path, _written: int) -> Prepared:
    return Prepared.load(path)
