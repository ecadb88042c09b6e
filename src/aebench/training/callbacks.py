"""What happens at the end of each epoch, in this order: note, stop, save."""

import math
import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch
from tqdm import tqdm

from aebench.core.progress import bar

Row = dict[str, float]


class History(pl.Callback):
    """The rows of all epochs, also of those before a resume; each is handed on once it is there."""

    def __init__(self, on_epoch: Callable[[Row], None]):
        self.rows: list[Row] = []
        self.on_epoch = on_epoch

    def on_train_epoch_end(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        self.rows.append(module.row)
        self.on_epoch(module.row)

    def state_dict(self) -> dict[str, Any]:
        return {"rows": self.rows}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.rows = list(state["rows"])


class Pruned(Exception):
    """Whoever asked for a training does not want its rest."""


class PruningCallback(pl.Callback):
    """Hands on each epoch's validation loss before it is saved; ends where the answer is yes.

    An epoch is reported once; those of before a resume, and of a run that was there already, too,
    so that the answers do not depend on what was there.
    """

    def __init__(self, unwanted: Callable[[int, float], bool]):
        self.unwanted = unwanted
        self.epoch = 0

    def tell(self, rows: Iterable[Row]) -> None:
        """Report the rows that are new; raises Pruned."""
        for row in rows:
            if row["epoch"] > self.epoch:
                self.epoch = int(row["epoch"])
                if self.unwanted(self.epoch, row["validation_loss"]):
                    raise Pruned(f"after epoch {self.epoch}")

    def on_train_start(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        (history,) = (one for one in trainer.callbacks if isinstance(one, History))
        self.tell(history.rows)

    def on_train_epoch_end(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        self.tell([module.row])


class BestWeights(pl.Callback):
    """Keeps the weights of the lowest validation loss; stops after `patience` epochs without one.

    Stops, too, after an epoch whose loss is infinite or no number: no later one would mend it.
    One callback, since stopping and restoring must agree about which epoch was the best, also
    after a resume.
    """

    def __init__(self, patience: int | None):
        self.patience = patience
        self.loss = float("inf")
        self.epoch = 0
        self.weights: dict[str, torch.Tensor] = {}
        self.diverged = False

    def on_train_start(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        # A training that was cut off after it had stopped must not go on when it is resumed.
        self._stop_where_it_is_hopeless(trainer, trainer.current_epoch)

    def on_train_epoch_end(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        if module.row["validation_loss"] < self.loss:
            self.loss, self.epoch = module.row["validation_loss"], module.row["epoch"]
            self.weights = {k: v.clone() for k, v in module.trainable.state_dict().items()}
        losses = (module.row["train_loss"], module.row["validation_loss"])
        self.diverged = not all(map(math.isfinite, losses))
        self._stop_where_it_is_hopeless(trainer, module.row["epoch"])

    def _stop_where_it_is_hopeless(self, trainer: pl.Trainer, epoch: int) -> None:
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


class Checkpoint(pl.Callback):
    """Saves the training's whole state at the end of an epoch, at most every `every` seconds."""

    def __init__(self, path: Path | None, every: float):
        self.path, self.every = path, every
        self.began = self.saved = time.monotonic()
        self.seconds_before = 0.0

    @property
    def seconds(self) -> float:
        """Spent on this run so far, before a resume too."""
        return self.seconds_before + time.monotonic() - self.began

    def on_train_epoch_end(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        if self.path and time.monotonic() - self.saved >= self.every:
            temporary = self.path.with_suffix(".part")
            trainer.save_checkpoint(temporary)
            os.replace(temporary, self.path)
            self.saved = time.monotonic()

    def state_dict(self) -> dict[str, Any]:
        return {"seconds": self.seconds}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.seconds_before = state["seconds"]


class Progress(pl.Callback):
    """A bar over all updates of the run, with the validation loss of the last epoch."""

    def __init__(self, label: str):
        self.label = label
        self.bar: tqdm | None = None

    def on_train_start(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        self.bar = bar(
            desc=self.label,
            total=module.updates,
            initial=module.current_epoch * module.updates_per_epoch,
            unit="update",
        )

    def on_train_batch_end(
        self, trainer: pl.Trainer, module: pl.LightningModule, outputs: Any, stretch: Any, *_: Any
    ) -> None:
        self.bar.update(len(stretch))

    def on_train_epoch_end(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        shown = f"epoch {module.row['epoch']}, validation {module.row['validation_loss']:.4g}"
        self.bar.set_postfix_str(shown, refresh=False)

    def on_train_end(self, *_: Any) -> None:
        self.bar.close()

    def on_exception(self, *_: Any) -> None:
        if self.bar is not None:
            self.bar.close()
