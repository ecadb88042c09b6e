"""Trains a run: from its spec and the prepared data to a finished folder in the run store."""

import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from aebench.core import code_hashes, plugins
from aebench.core.errors import Diverged, Pruned
from aebench.core.files import atomic_write, write_csv
from aebench.core.memory import FLOAT, needs_memory
from aebench.core.progress import note
from aebench.core.sealed import Damaged, read_sealed, write_sealed
from aebench.core.seeding import seeded
from aebench.data.examples import examples, without
from aebench.data.prepared import PARTS, Prepared
from aebench.nets import parameters
from aebench.training.batches import fixed_subset
from aebench.training.device import describe, device, threads
from aebench.training.runs import (
    COST,
    DIAGNOSTICS,
    DIVERGED,
    FINISHED,
    HISTORY,
    WEIGHTS,
    Run,
    RunSpec,
    RunStore,
)

# Lightning takes seconds to import, and a run that is there needs none of it.
if TYPE_CHECKING:
    import pytorch_lightning as pl

    from aebench.training.callbacks import PruningCallback, Row
    from aebench.training.fit import FitResult

# The JSON file holds the hashes of the code that wrote the checkpoint.
CHECKPOINT, CHECKPOINT_CODE = "checkpoint.ckpt", "checkpoint.json"


class Listener(Protocol):
    """Follows a training while it goes on."""

    def begin(self, label: str, spec: RunSpec) -> None: ...
    def epoch(self, row: "Row") -> None: ...
    def end(self, run: Run) -> None: ...


@runtime_checkable
class WarmStartable(Protocol):
    """A model that can begin with the weights of another run."""

    def warm_start(self, weights: dict[str, Tensor]) -> None: ...


@runtime_checkable
class BegunByImages(Protocol):
    """A model whose first weights may follow from the training images, uint8 N x C x H x W."""

    def begin(self, images: Tensor) -> bool:
        """Set them; whether they are a solution, so that the training must end no worse."""
        ...


def train_run(
    spec: RunSpec,
    prepared: Prepared,
    label: str,
    store: RunStore,
    start: Run | None = None,
    listener: Listener | None = None,
    progress: bool = True,
    pruning: "PruningCallback | None" = None,
) -> Run:
    """Return the finished run of `spec`: from the store, resumed from a checkpoint, or trained now.

    `start` is the run whose weights it begins with (`spec.start` is its id); `label` names the run
    to people, on the bar that `progress` asks for. One process at a time trains a run; another
    process waits and gets the same result.
    Raises Diverged if the loss becomes infinite or NaN and no weights were saved before, and Pruned
    if `pruning` stops the training, whose folder is then removed. Raises InputError if the store
    holds a result of other code and was not told what to do with it.
    """
    with store.lock(spec.id):
        if finished := store.get(spec.id):
            if progress:
                note(f"{label}: run {spec.id} is there", sys.stderr)
            if pruning:
                pruning.report(finished.history)
            return finished
        folder = store.folder(spec.id)
        if reason := store.divergence(spec.id):
            if pruning and (folder / HISTORY).exists():
                pruning.report(Run(folder).history)
            raise Diverged(reason)
        from aebench.training.callbacks import Progress

        folder.mkdir(parents=True, exist_ok=True)
        if listener:
            listener.begin(label, spec)
        callbacks = [*([Progress(label)] if progress else []), *([pruning] if pruning else [])]
        on_epoch = listener.epoch if listener else None
        try:
            with threads(spec.threads):
                _train(spec, prepared, label, folder, start, callbacks, on_epoch)
        except Pruned:
            shutil.rmtree(folder)
            raise
        run = Run(folder)
        if listener:
            listener.end(run)
        return run


def _train(
    spec: RunSpec,
    prepared: Prepared,
    label: str,
    folder: Path,
    start: Run | None,
    callbacks: "list[pl.Callback]",
    on_epoch: "Callable[[Row], None] | None",
) -> None:
    from aebench.training.fit import fit

    training, objective = spec.training, spec.objective.build()
    own_code = _code(spec, start)
    _remove_unusable_checkpoint(folder, own_code)
    with seeded(spec.seed, "initial weights"):
        model = spec.model.module(spec.image_shape)
    prepared = without(prepared, training.without or [])
    images = {part: examples(prepared, part, model).to(device()) for part in PARTS}
    if training.images is not None:
        images["train"] = fixed_subset(images["train"], training.images)
    if start is not None:
        assert isinstance(model, WarmStartable)
        model.warm_start(load_file(start.weights))
    begun = isinstance(model, BegunByImages) and model.begin(images["train"])
    # Gradients take as much as the weights, which are in the CPU's memory already.
    copies = 1 if device().type == "cpu" else 2
    needs_memory(copies * FLOAT * parameters(model), f"{label}: training", device().type)
    # Convolutions are up to twice as fast in this layout; saved weights do not depend on it.
    # PyTorch's stubs lack `memory_format`.
    model.to(device(), memory_format=torch.channels_last)  # type: ignore[call-overload]

    trainable = objective.trainable(model)
    inputs = {part: objective.inputs(model, images[part]) for part in ("train", "validation")}
    result = fit(
        trainable,
        objective,
        training,
        inputs,
        precision=spec.precision,
        seed=spec.seed,
        callbacks=callbacks,
        on_epoch=on_epoch,
        checkpoint=folder / CHECKPOINT,
        from_solution=begun,
    )
    files = _write_rows(folder, result)
    if result.best.diverged and not (training.restore_best and result.best.weights):
        reason = _divergence(spec, label, len(result.rows))
        # Also a result: training it again would end the same way.
        write_sealed(folder / DIVERGED, {"reason": reason, "code": own_code}, files)
        _remove_checkpoint(folder)
        raise Diverged(reason)
    if training.restore_best:
        trainable.load_state_dict(result.best.weights)

    model.eval()
    metrics = {}
    # Where tests are left out, there is no test image to look at.
    for part in (name for name in PARTS if len(images[name])):
        with seeded(spec.seed, "metrics", part):
            metrics[part] = objective.metrics(model, images[part])
    _write_weights(folder / WEIGHTS, model)
    # Written last: it says that the run is finished.
    write_sealed(
        folder / FINISHED,
        {
            "id": spec.id,
            "spec": spec.model_dump(mode="json"),
            "plugins": plugins.used_by([spec]),
            "code": own_code,
            "metrics": metrics,
            "epochs": len(result.rows),
            "best_epoch": result.best.epoch,
            "best_validation": result.best.loss,
        },
        [WEIGHTS, *files],
    )
    _remove_checkpoint(folder)


def _code(spec: RunSpec, start: Run | None) -> dict[str, str]:
    """The hashes of the code behind the run's numbers, that of the run it starts from included."""
    before = start.code if start else {}
    return before | code_hashes.of_run([spec.model, spec.objective, spec.training])


def _divergence(spec: RunSpec, label: str, epoch: int) -> str:
    reason = (
        f"{label}: the training diverged: in epoch {epoch} the loss is not finite; "
        "a smaller optimizer.lr, a schedule.warmup or a clip_norm may help"
    )
    if used := plugins.used_by([spec]):
        files = ", ".join(plugins.LOADED[name].reference for name in used)
        reason += f"; it uses {files}, which `aebench test-plugin` checks"
    return reason


def _write_weights(path: Path, model: nn.Module) -> None:
    weights = {name: value.cpu().contiguous() for name, value in model.state_dict().items()}
    with atomic_write(path) as temporary:
        save_file(weights, temporary)


def _write_rows(folder: Path, result: "FitResult") -> list[str]:
    """Write the tables and the cost; return the names of those that are the same each time."""
    tables = {HISTORY: result.rows}
    if result.layers:
        tables[DIAGNOSTICS] = result.layers.rows
    for name, rows in tables.items():
        write_csv(folder / name, rows)
    write_sealed(folder / COST, {"seconds": round(result.seconds, 1), **describe()})
    return list(tables)


def _remove_unusable_checkpoint(folder: Path, own_code: dict[str, str]) -> None:
    from aebench.training.callbacks import Checkpoint

    checkpoint, path = folder / CHECKPOINT, folder / CHECKPOINT_CODE
    if checkpoint.exists():
        reason = ""
        try:
            if read_sealed(path)["code"] != own_code:
                reason = "its checkpoint is of other code"
            elif not Checkpoint.intact(checkpoint):
                reason = "its checkpoint is damaged"
        except (Damaged, FileNotFoundError):
            reason = "its checkpoint is damaged"
        if reason:
            note(f"run {folder.name}: {reason}: begun anew", sys.stderr)
            _remove_checkpoint(folder)
    write_sealed(path, {"code": own_code})


def _remove_checkpoint(folder: Path) -> None:
    # Those too that a killed process has written in part.
    for pattern in ("checkpoint.*", ".checkpoint.*"):
        for checkpoint in folder.glob(pattern):
            checkpoint.unlink()
