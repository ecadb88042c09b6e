"""A cell's trainings: layer by layer where the recipe says so, then end to end."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import torch

from aebench import paths
from aebench.data.prepared import Prepared
from aebench.errors import Diverged, InputError
from aebench.models.stacked import shallower
from aebench.objectives.config import LayerReconstruction, Reconstruction
from aebench.params import Training
from aebench.studies.config import Recipe
from aebench.studies.grid import Cell
from aebench.training.callbacks import Pruned, Reports
from aebench.training.device import resolve_precision
from aebench.training.fit import train
from aebench.training.runs import Run, RunSpec, RunStore


@dataclass(frozen=True)
class Outcome:
    """What became of a cell; `runs` are those that finished.

    `status` is ok, diverged, pruned, out of memory or failed.
    """

    cell: Cell
    status: str
    runs: list[str]
    reason: str = ""

    @property
    def finished(self) -> list[Run]:
        """The runs, from the store."""
        return [RunStore().get(id) for id in self.runs]


def outcome(
    cell: Cell, dataset: str, unwanted: Callable[[int, float], bool] | None = None
) -> Outcome:
    """Train the cell's runs, or find them in the store. Never raises but when it is interrupted.

    `unwanted` is told each epoch and validation loss of the last run, and says whether to end it.
    """
    done: list[str] = []
    try:
        prepared = _prepared(dataset, paths.prepared(dataset).stat().st_mtime_ns)
        run = None
        *before, last = chain(cell, prepared)
        for label, spec in before:
            run = train(spec(run), prepared, label, RunStore(), start=run, progress=False)
            done.append(run.id)
        label, spec = last
        reports = Reports(unwanted) if unwanted else None
        run = train(
            spec(run), prepared, label, RunStore(), start=run, progress=False, reports=reports
        )
        done.append(run.id)
        # The best weights before it ended may be kept; what the training came to is no result.
        if run.diverged:
            return Outcome(cell, "diverged", done, "its loss became infinite or no number")
    except Diverged as error:
        return Outcome(cell, "diverged", done, str(error))
    except Pruned as error:
        return Outcome(cell, "pruned", done, str(error))
    # Whatever goes wrong in one cell, the others go on; the study says so at its end.
    except Exception as error:
        status = "out of memory" if _out_of_memory(error) else "failed"
        return Outcome(cell, status, done, f"{type(error).__name__}: {error}")
    return Outcome(cell, "ok", done)


def _out_of_memory(error: Exception) -> bool:
    # torch has an exception of its own for a GPU's memory, but none for the CPU's.
    kinds = (MemoryError, torch.OutOfMemoryError)
    return isinstance(error, kinds) or "can't allocate memory" in str(error)


def chain(cell: Cell, prepared: Prepared):
    """Pairs of a label and a function from the run before to the spec of the next one."""
    recipe = cell.read()
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
        kind = {"greedy": LayerReconstruction, "grow": Reconstruction}[recipe.pretrain.method]
        objective = kind(loss=recipe.objective.loss, corruption=recipe.objective.corruption)
        yield f"layer {depth}, {cell.label}", spec(shallower(model, depth), objective, training)
    rest = recipe.training.epochs - sum(training.epochs for training in layers)
    training = recipe.training.model_copy(update={"epochs": rest})
    yield cell.label, spec(model, recipe.objective, training)


def _pretraining(recipe: Recipe) -> list[Training]:
    """The training of each layer; epochs are what is shared, so that no budget is overdrawn."""
    if recipe.pretrain is None:
        return []
    if recipe.model.get("name") != "stacked":
        raise InputError("pretrain: only the model 'stacked' can be pretrained layer by layer")
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


@lru_cache(maxsize=1)
def _prepared(dataset: str, _written: int) -> Prepared:
    return Prepared.load(paths.prepared(dataset))
