"""The one function that trains. Nothing else builds a Trainer."""

import logging
import os
import shutil
import signal
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pytorch_lightning as pl
import torch
from pytorch_lightning.utilities.exceptions import SIGTERMException
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from aebench.core import code, plugins
from aebench.core.errors import Diverged, InputError
from aebench.core.files import atomic_write, checksum, read_json, write_csv, write_json
from aebench.core.progress import note
from aebench.core.seeding import seeded
from aebench.data.examples import examples, without
from aebench.data.prepared import PARTS, Prepared
from aebench.objectives.criterion import Criterion
from aebench.training.batches import Batches, ChunkedBatches, fixed_subset
from aebench.training.callbacks import (
    BestWeights,
    Checkpoint,
    History,
    Progress,
    Pruned,
    PruningCallback,
    Row,
)
from aebench.training.config import Training
from aebench.training.device import describe, device, threads
from aebench.training.diagnostics import LayerNorms
from aebench.training.module import TrainingModule
from aebench.training.runs import COST, DIAGNOSTICS, DIVERGED, HISTORY, Run, RunSpec, RunStore

# Beside it a file says by which code.
CHECKPOINT, CHECKPOINT_CODE = "checkpoint.ckpt", "checkpoint.json"
CHECKPOINT_SECONDS = "AEBENCH_CHECKPOINT_SECONDS"


class Listener(Protocol):
    """Is told about a training while it goes on."""

    def begin(self, label: str, spec: RunSpec) -> None: ...
    def epoch(self, row: Row) -> None: ...
    def end(self, run: Run) -> None: ...


def train(
    spec: RunSpec,
    prepared: Prepared,
    label: str,
    store: RunStore,
    start: Run | None = None,
    listener: Listener | None = None,
    progress: bool = True,
    reports: PruningCallback | None = None,
) -> Run:
    """The finished run of `spec`: from the store, or trained now, or continued after a cut.

    `start` is the run whose weights it starts from (`spec.start` is its id); `label` is how people
    call it, on the bar that `progress` asks for. Only one process at a time trains a run; another
    one waits and gets the same result.
    Raises Diverged where a loss that is not finite leaves no weights to keep, and Pruned where
    `reports` ends it; then nothing is kept, unless the run was there. Raises InputError where it
    is there, but of other code, and the store does not provide for that.
    """
    with store.lock(spec.id):
        if done := store.get(spec.id):
            if progress:
                note(f"{label}: run {spec.id} is there", sys.stderr)
            if reports:
                reports.tell(done.history)
            return done
        folder = store.folder(spec.id)
        if reason := store.divergence(spec.id):
            if reports and (folder / HISTORY).exists():
                reports.tell(Run(folder).history)
            raise Diverged(reason)
        folder.mkdir(parents=True, exist_ok=True)
        if listener:
            listener.begin(label, spec)
        callbacks = [*([Progress(label)] if progress else []), *([reports] if reports else [])]
        on_epoch = listener.epoch if listener else _ignore
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


def _ignore(row: Row) -> None:
    pass


def _train(
    spec: RunSpec,
    prepared: Prepared,
    label: str,
    folder: Path,
    start: Run | None,
    callbacks: list[pl.Callback],
    on_epoch: Callable[[Row], None],
) -> None:
    training, objective = spec.training, spec.objective.build()
    own_code = _code(spec, start)
    _forget_checkpoint_of_other_code(folder, own_code)
    with seeded(spec.seed, "initial weights"):
        model = spec.model.build(spec.image_shape)
    prepared = without(prepared, training.without or [])
    images = {part: examples(prepared, part, model).to(device()) for part in PARTS}
    if training.images is not None:
        images["train"] = fixed_subset(images["train"], training.images)
    if start is not None:
        model.warm_start(load_file(start.weights))
    # The layout that convolutions are fastest in, up to two times; on disk weights are as ever.
    model.to(device(), memory_format=torch.channels_last)

    trainable = objective.trainable(model)
    inputs = {part: objective.inputs(model, images[part]) for part in ("train", "validation")}
    fitted = fit(
        trainable,
        objective,
        training,
        inputs,
        precision=spec.precision,
        seed=spec.seed,
        callbacks=callbacks,
        on_epoch=on_epoch,
        checkpoint=folder / CHECKPOINT,
    )
    if fitted.best.diverged and not (training.restore_best and fitted.best.weights):
        reason = (
            f"{label}: the training diverged: in epoch {len(fitted.rows)} the loss is not finite; "
            "a smaller optimizer.lr, a schedule.warmup or a clip_norm may help"
        )
        if used := plugins.used_by([spec]):
            files = ", ".join(plugins.LOADED[name].reference for name in used)
            reason += f"; it uses {files}, which `aebench test-plugin` checks"
        _keep_rows(folder, fitted)
        # A result, too: the same training would end alike.
        write_json(folder / DIVERGED, {"reason": reason, "code": own_code})
        _forget_checkpoint(folder)
        raise Diverged(reason)
    if training.restore_best:
        trainable.load_state_dict(fitted.best.weights)

    model.eval()
    metrics = {}
    for part in PARTS:
        with seeded(spec.seed, "metrics", part):
            metrics[part] = objective.metrics(model, images[part])
    weights = {name: value.cpu().contiguous() for name, value in model.state_dict().items()}
    with atomic_write(folder / "weights.safetensors") as path:
        save_file(weights, path)
    _keep_rows(folder, fitted)
    write_json(
        folder / "run.json",
        {
            "id": spec.id,
            "spec": spec.model_dump(mode="json"),
            "plugins": plugins.used_by([spec]),
            "code": own_code,
            "weights": checksum(folder / "weights.safetensors"),
            "metrics": metrics,
            "epochs": len(fitted.rows),
            "best_epoch": fitted.best.epoch,
            "best_validation": fitted.best.loss,
        },
    )
    _forget_checkpoint(folder)


def _code(spec: RunSpec, start: Run | None) -> dict[str, str]:
    """The code that the run's numbers come from: its own, and that of the run it starts from."""
    before = start.code if start else {}
    return before | code.of_run([spec.model, spec.objective, spec.training])


def _forget_checkpoint_of_other_code(folder: Path, own_code: dict[str, str]) -> None:
    path = folder / CHECKPOINT_CODE
    if path.exists() and read_json(path) != own_code:
        note(f"run {folder.name}: its checkpoint is of other code: begun anew", sys.stderr)
        _forget_checkpoint(folder)
    write_json(path, own_code)


@dataclass(frozen=True)
class Fitted:
    """What `fit` leaves beside the trained weights.

    A row an epoch, the best epoch, the seconds, and what was measured of the layers, if anything.
    """

    rows: list[Row]
    best: BestWeights
    seconds: float
    layers: LayerNorms | None


def fit(
    trainable: nn.Module,
    objective: Criterion,
    training: Training,
    inputs: dict[str, Tensor],
    *,
    precision: str,
    seed: int,
    callbacks: list[pl.Callback] | None = None,
    on_epoch: Callable[[Row], None] = _ignore,
    checkpoint: Path | None = None,
) -> Fitted:
    """Train `trainable` in place on `inputs["train"]`, watching `inputs["validation"]`.

    Inputs are N x ... tensors on the device, uint8 images or float. `precision` is `bf16` or
    `fp32`. With a `checkpoint` path, a training that was cut off goes on from there.
    Raises InputError where batch norm would be of a single vector.
    """
    _quieten()
    stretches = ChunkedBatches(
        inputs["train"], training.batch_size, seed, epoch=lambda: trainer.current_epoch
    )
    if stretches.batch_size == 1 and any(
        isinstance(m, nn.BatchNorm1d) for m in trainable.modules()
    ):
        raise InputError(
            "training.batch_size: batches of one image, of which dense layers' batch norm leaves "
            "nothing; allowed: 2 or more, or batch_norm: false"
        )
    validation_batches = Batches(inputs["validation"], 1000)
    history, best = History(on_epoch), BestWeights(training.patience)
    layers = LayerNorms(training.diagnostics.every) if training.diagnostics else None
    module = TrainingModule(
        trainable,
        objective,
        training,
        precision=precision,
        seed=seed,
        updates_per_epoch=stretches.updates,
    )
    saver = Checkpoint(checkpoint, float(os.environ.get(CHECKPOINT_SECONDS, "30")))
    # `deterministic` would also fill all memory before its first use: a seventh of a small net's
    # step, which changes nothing where what is read was written.
    torch.utils.deterministic.fill_uninitialized_memory = False
    trainer = pl.Trainer(
        accelerator="gpu" if device().type == "cuda" else "cpu",
        devices=1,
        max_epochs=training.epochs,
        deterministic=True,
        callbacks=[*(callbacks or []), history, best, *([layers] if layers else []), saver],
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
    )
    resume = checkpoint if checkpoint and checkpoint.exists() else None
    with torch.random.fork_rng(devices=range(torch.cuda.device_count())):
        try:
            trainer.fit(module, stretches, validation_batches, ckpt_path=resume, weights_only=True)
        except SIGTERMException:
            # It would end the process with code 0, which means: done.
            raise SystemExit(128 + signal.SIGTERM) from None
        finally:
            # A recorded update and the gradients in it would keep a GPU's memory.
            module.graphed = None
            trainable.zero_grad()
    trainable.to(device())
    return Fitted(history.rows, best, saver.seconds, layers)


def _quieten() -> None:
    # Lightning's notes on devices and data loaders: what is done here is done on purpose.
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module="pytorch_lightning")


def _keep_rows(folder: Path, fitted: Fitted) -> None:
    write_csv(folder / HISTORY, fitted.rows)
    if fitted.layers:
        write_csv(folder / DIAGNOSTICS, fitted.layers.rows)
    write_json(folder / COST, {"seconds": round(fitted.seconds, 1), **describe()})


def _forget_checkpoint(folder: Path) -> None:
    for checkpoint in folder.glob("checkpoint.*"):
        checkpoint.unlink()
