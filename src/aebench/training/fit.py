"""Fits a module to tensors on the device, by PyTorch Lightning. Nothing else builds a Trainer."""

import logging
import os
import signal
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytorch_lightning as pl
import torch
from pytorch_lightning.utilities.exceptions import SIGTERMException
from torch import Tensor, nn

from aebench.core.errors import InputError
from aebench.objectives.criterion import Criterion
from aebench.training.batches import Batches, ChunkedBatches
from aebench.training.callbacks import (
    BestWeights,
    Checkpoint,
    History,
    PlainCheckpointIO,
    Row,
)
from aebench.training.config import Training
from aebench.training.device import device
from aebench.training.diagnostics import LayerNorms
from aebench.training.module import TrainingModule

CHECKPOINT_SECONDS = "AEBENCH_CHECKPOINT_SECONDS"


@dataclass(frozen=True)
class FitResult:
    """The rows of all epochs, the best epoch, the seconds, and the layers' diagnostics if asked."""

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
    callbacks: Sequence[pl.Callback] = (),
    on_epoch: Callable[[Row], None] | None = None,
    checkpoint: Path | None = None,
    from_solution: bool = False,
) -> FitResult:
    """Train `trainable` in place on `inputs["train"]`, validating on `inputs["validation"]`.

    It ends with the weights of the last epoch; those of the best one are in the result. Inputs are
    N x ... tensors on the device, uint8 images or float. `precision` is `bf16` or `fp32`.
    `on_epoch` gets each epoch's row. If there is a file at `checkpoint`, the training resumes from
    it. `from_solution`: the first weights, too, may turn out to be the best, as those of epoch 0.
    Raises InputError for batch norm over a batch of one vector.
    """
    _silence_lightning()
    batches = ChunkedBatches(
        inputs["train"],
        training.batch_size,
        seed,
        epoch=lambda: trainer.current_epoch,
        order=training.order,
    )
    _check_batch_norm(trainable, batches.batch_size)
    history, best = History(on_epoch), BestWeights(training.patience, from_solution)
    layers = LayerNorms(training.diagnostics.every) if training.diagnostics else None
    saver = Checkpoint(checkpoint, float(os.environ.get(CHECKPOINT_SECONDS, "30")))
    module = TrainingModule(
        trainable,
        objective,
        training,
        precision=precision,
        seed=seed,
        updates_per_epoch=batches.updates,
    )
    # `deterministic` would also fill all memory before its first use: a seventh of a small net's
    # step, and no result depends on it, since nothing is read before it is written.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    trainer = pl.Trainer(
        accelerator="gpu" if device().type == "cuda" else "cpu",
        devices=1,
        max_epochs=training.epochs,
        deterministic=True,
        # At the end of an epoch in this order: note, stop, save.
        callbacks=[*callbacks, history, best, *([layers] if layers else []), saver],
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
        plugins=[PlainCheckpointIO()],
    )
    resume = checkpoint if checkpoint and checkpoint.exists() else None
    with torch.random.fork_rng(devices=range(torch.cuda.device_count())):
        try:
            validation = Batches(inputs["validation"])
            trainer.fit(module, batches, validation, ckpt_path=resume, weights_only=True)
        except SIGTERMException:
            # It would end the process with code 0, which means success.
            raise SystemExit(128 + signal.SIGTERM) from None
        finally:
            # A recorded update and the gradients in it would keep a GPU's memory.
            module.graphed = None
            trainable.zero_grad()
    trainable.to(device())
    return FitResult(history.rows, best, saver.seconds, layers)


def _check_batch_norm(trainable: nn.Module, batch_size: int) -> None:
    if batch_size == 1 and any(isinstance(m, nn.BatchNorm1d) for m in trainable.modules()):
        raise InputError(
            "training.batch_size",
            "batches of one image, of which dense layers' batch norm leaves nothing",
            "2 or more, or batch_norm: false",
        )


def _silence_lightning() -> None:
    # Its notes on devices and data loaders are about choices made here on purpose.
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module="pytorch_lightning")
