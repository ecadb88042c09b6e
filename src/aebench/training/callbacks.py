"""Lightning callbacks that note, stop and save a training at the end of each epoch."""

import io
import math
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, cast

import pytorch_lightning as pl
import torch
from pytorch_lightning.plugins.io import TorchCheckpointIO
from tqdm import tqdm

from aebench.core.errors import Pruned
from aebench.core.files import atomic_write, checksum, write_text
from aebench.core.progress import bar
from aebench.training.module import Row, TrainingModule


def training_module(module: pl.LightningModule) -> TrainingModule:
    """`module` with its own type: Lightning's hooks declare the base class."""
    return cast(TrainingModule, module)


class History(pl.Callback):
    """Collects each epoch's row, those before a resume included, and passes it to `on_epoch`."""

    def __init__(self, on_epoch: Callable[[Row], None] | None = None):
        self.rows: list[Row] = []
        self.on_epoch = on_epoch

    def on_train_epoch_end(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        row = training_module(module).row
        self.rows.append(row)
        if self.on_epoch:
            self.on_epoch(row)

    def state_dict(self) -> dict[str, Any]:
        return {"rows": self.rows}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.rows = list(state["rows"])


class PruningCallback(pl.Callback):
    """Reports each epoch's validation loss before the epoch is saved; may stop the training.

    `should_prune(epoch, validation_loss)` decides. Each epoch is reported once, also those before a
    resume or of a run found in the store: the pruner sees the same losses either way.
    """

    def __init__(self, should_prune: Callable[[int, float], bool]):
        self.should_prune = should_prune
        self.epoch = 0

    def report(self, rows: Iterable[Row]) -> None:
        """Report the rows that are new; raises Pruned if the pruner stops the training."""
        for row in rows:
            if row["epoch"] > self.epoch:
                self.epoch = int(row["epoch"])
                if self.should_prune(self.epoch, row["validation_loss"]):
                    raise Pruned(f"after epoch {self.epoch}")

    def on_train_start(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        (history,) = (c for c in cast(Any, trainer).callbacks if isinstance(c, History))
        self.report(history.rows)

    def on_train_epoch_end(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        self.report([training_module(module).row])


class BestWeights(pl.Callback):
    """Keeps the weights of the lowest validation loss; stops after `patience` epochs without one.

    Also stops after an epoch whose loss is infinite or NaN, from which no training recovers.
    Stopping and restoring are one callback because they must agree on the best epoch, also after a
    resume. `from_solution`: the weights before the first epoch count as those of epoch 0.
    """

    def __init__(self, patience: int | None, from_solution: bool = False):
        self.patience, self.from_solution = patience, from_solution
        self.loss = float("inf")
        self.epoch = 0
        self.weights: dict[str, torch.Tensor] = {}
        self.diverged = False

    def on_train_start(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        if self.from_solution and trainer.current_epoch == 0:
            batches = cast(Iterable[torch.Tensor], trainer.val_dataloaders)
            loss = training_module(module).validation_loss(batches)
            self._offer(loss, 0, training_module(module).trainable)
        # A training that was cut off after it had stopped must not go on when it is resumed.
        self._maybe_stop(trainer, trainer.current_epoch)

    def on_train_epoch_end(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        row, trainable = training_module(module).row, training_module(module).trainable
        epoch = int(row["epoch"])
        self._offer(row["validation_loss"], epoch, trainable)
        losses = (row["train_loss"], row["validation_loss"])
        self.diverged = not all(map(math.isfinite, losses))
        self._maybe_stop(trainer, epoch)

    def _offer(self, loss: float, epoch: int, trainable: torch.nn.Module) -> None:
        if loss < self.loss:
            self.loss, self.epoch = loss, epoch
            self.weights = {name: value.clone() for name, value in trainable.state_dict().items()}

    def _maybe_stop(self, trainer: pl.Trainer, epoch: int) -> None:
        out_of_patience = self.patience and epoch - self.epoch >= self.patience
        if self.diverged or out_of_patience:
            trainer.should_stop = True

    def state_dict(self) -> dict[str, Any]:
        return {
            "loss": self.loss,
            "epoch": self.epoch,
            "weights": self.weights,
            "diverged": self.diverged,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.loss, self.epoch, self.weights = state["loss"], state["epoch"], state["weights"]
        self.diverged = state["diverged"]


class PlainCheckpointIO(TorchCheckpointIO):
    """Writes a checkpoint where it is told to.

    Lightning's own writes to the system's folder of temporary files first, which may be full while
    the run store is not, and keeps what a failure leaves there.
    """

    def save_checkpoint(
        self, checkpoint: dict[str, Any], path: Any, storage_options: Any = None
    ) -> None:
        content = io.BytesIO()
        torch.save(checkpoint, content)
        Path(path).write_bytes(content.getbuffer())


class Checkpoint(pl.Callback):
    """Saves the training's whole state after an epoch, at most every `interval_seconds`.

    Beside it lie checksums, by which a cut or altered checkpoint is told.
    """

    def __init__(self, path: Path | None, interval_seconds: float):
        self.path, self.interval_seconds = path, interval_seconds
        self.began = self.saved = time.monotonic()
        self.seconds_before = 0.0

    @property
    def seconds(self) -> float:
        """Seconds spent on this run so far, those before a resume included."""
        return self.seconds_before + time.monotonic() - self.began

    def on_train_epoch_end(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        if self.path and time.monotonic() - self.saved >= self.interval_seconds:
            self._save(trainer, self.path)
            self.saved = time.monotonic()

    def _save(self, trainer: pl.Trainer, path: Path) -> None:
        with atomic_write(path) as temporary:
            trainer.save_checkpoint(temporary)
            before = [checksum(path)] if path.exists() else []
            # Both, so that a kill between the two renames leaves one that fits.
            write_text(_checksums(path), "\n".join([*before, checksum(temporary)]) + "\n")

    @staticmethod
    def intact(path: Path) -> bool:
        """Whether the checkpoint is what was saved."""
        checksums = _checksums(path)
        return (
            checksums.exists() and checksum(path) in checksums.read_text(encoding="utf-8").split()
        )

    def state_dict(self) -> dict[str, Any]:
        return {"seconds": self.seconds}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.seconds_before = state["seconds"]


def _checksums(checkpoint: Path) -> Path:
    return checkpoint.with_suffix(".sha256")


class Progress(pl.Callback):
    """A bar over all updates of the run, which shows the last epoch's validation loss."""

    def __init__(self, label: str):
        self.label = label
        self.bar: tqdm | None = None

    def on_train_start(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        training = training_module(module)
        self.bar = bar(
            desc=self.label,
            total=training.updates,
            initial=training.current_epoch * training.updates_per_epoch,
            unit="update",
        )

    def on_train_batch_end(
        self, trainer: pl.Trainer, module: pl.LightningModule, outputs: Any, chunk: Any, *_: Any
    ) -> None:
        if self.bar is not None:
            self.bar.update(len(chunk))

    def on_train_epoch_end(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        row = training_module(module).row
        if self.bar is not None:
            text = f"epoch {row['epoch']}, validation {row['validation_loss']:.4g}"
            self.bar.set_postfix_str(text, refresh=False)

    def on_train_end(self, *_: Any) -> None:
        self._close()

    def on_exception(self, *_: Any) -> None:
        self._close()

    def _close(self) -> None:
        if self.bar is not None:
            self.bar.close()
