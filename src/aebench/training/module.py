"""The one LightningModule: an objective on a model, stepped by an optimizer and a schedule."""

import math
from contextlib import nullcontext
from functools import partial
from typing import Any

import pytorch_lightning as pl
import torch
from torch import Tensor, nn

from aebench.core.seeding import derive
from aebench.data.pixels import to_float
from aebench.training.config import Training
from aebench.training.graph import GraphedUpdate, LossTerms
from aebench.training.plateau import PlateauLR


class Sums:
    """Means over an epoch, summed on the device: asking for a value each step would stall it."""

    def __init__(self):
        self.totals: dict[str, Tensor] = {}
        self.count = 0

    def add(self, terms: dict[str, Tensor], size: int) -> None:
        for name, value in terms.items():
            weighted = value * size
            self.totals[name] = self.totals[name] + weighted if name in self.totals else weighted
        self.count += size

    def means(self) -> dict[str, float]:
        return {name: (total / self.count).item() for name, total in self.totals.items()}


class TrainingModule(pl.LightningModule):
    """Steps `trainable`; all randomness of an epoch follows from (seed, epoch).

    `updates_per_epoch` says how many optimizer steps the schedule spans. After each epoch `row`
    holds its means, named `train_...` and `validation_...`, and the updates so far; beside them the
    gradient `evaluations` where the optimizer may ask for several in one update.
    """

    def __init__(
        self,
        trainable: nn.Module,
        objective,
        training: Training,
        *,
        precision: str,
        seed: int,
        updates_per_epoch: int,
    ):
        super().__init__()
        # Lightning would wrap each update in its hooks, which cost as much as a small net's step.
        self.automatic_optimization = False
        self.trainable, self.objective, self.training_config = trainable, objective, training
        self.precision, self.seed = precision, seed
        self.updates_per_epoch = updates_per_epoch
        self.updates = updates_per_epoch * training.epochs
        self.evaluations = 0
        self.row: dict[str, float] = {}
        # Entered around each update; diagnostics put their own here.
        self.watch = nullcontext
        self.graphed: GraphedUpdate | None = None

    def configure_optimizers(self):
        optimizer = self.training_config.optimizer.build(self.trainable)
        schedule = self.training_config.schedule.build(optimizer, self.updates)
        return [optimizer], [schedule]

    def on_train_start(self) -> None:
        if self.device.type == "cuda" and self.training_config.optimizer.cuda_graphable:
            self.graphed = GraphedUpdate(
                self.optimizers(use_pl_optimizer=False),
                self._gradients,
                # What is measured of each layer needs an update's kernels one by one.
                record=self.training_config.diagnostics is None,
            )

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        checkpoint["evaluations"] = self.evaluations

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        self.evaluations = checkpoint["evaluations"]

    def on_train_epoch_start(self) -> None:
        torch.manual_seed(derive(self.seed, "epoch", self.current_epoch))
        self._train, self._validation = Sums(), Sums()
        self._update = 0

    def training_step(self, stretch: Tensor, index: int) -> None:
        """One update for each batch of a K x batch_size x ... stretch."""
        schedule = self.lr_schedulers()
        for batch in map(to_float, stretch):
            with self.watch():
                self._step(batch)
            schedule.step()
            self._update += 1

    def _step(self, batch: Tensor) -> None:
        phase = self.objective.phase(self._epoch)
        if self.graphed and phase is not None:
            self._add(self.graphed(batch, phase))
            self.evaluations += 1
            return
        optimizer = self.optimizers(use_pl_optimizer=False)
        self._evaluated = False
        try:
            optimizer.step(partial(self._evaluate, optimizer, batch))
        except torch.linalg.LinAlgError:
            # A preconditioner without a decomposition is one whose numbers blew up.
            self._train.add({"loss": torch.tensor(math.nan)}, len(batch))

    def _evaluate(self, optimizer: torch.optim.Optimizer, batch: Tensor) -> Tensor:
        """One gradient evaluation; an optimizer may ask for several in one update."""
        if self.training_config.optimizer.uses_closure:
            # A line search needs one function: the same noise each time.
            update = self.current_epoch * self.updates_per_epoch + self._update
            torch.manual_seed(derive(self.seed, "update", update))
        optimizer.zero_grad()
        told = self._gradients(batch)
        if not self._evaluated:
            # Where the update begins; what a line search tries after that may be anything.
            self._add(told)
        self.evaluations += 1
        self._evaluated = True
        return sum(terms["loss"] * (size / len(batch)) for terms, size in told)

    def _gradients(self, batch: Tensor) -> LossTerms:
        """Add the batch's gradients to the parameters', clip them, and tell of its terms."""
        told = []
        for part in self.objective.parts(batch, self._epoch):
            with self._autocast():
                terms = self.objective(self.trainable, part, self._epoch)
            share = terms["loss"] * (len(part) / len(batch))
            share.backward(create_graph=self.training_config.optimizer.second_order)
            told.append(({name: value.detach() for name, value in terms.items()}, len(part)))
        if self.training_config.clip_norm:
            nn.utils.clip_grad_norm_(self.trainable.parameters(), self.training_config.clip_norm)
        return told

    def _add(self, told: LossTerms) -> None:
        for terms, size in told:
            self._train.add(terms, size)

    @property
    def _epoch(self) -> float:
        """Epochs so far, and the share of this one that is over."""
        return self.current_epoch + self._update / self.updates_per_epoch

    def on_validation_epoch_start(self) -> None:
        torch.manual_seed(derive(self.seed, "validation"))

    def validation_step(self, batch: Tensor, index: int) -> None:
        with self._autocast():
            self._validation.add(self.objective.validate(self.trainable, batch), len(batch))

    def on_validation_epoch_end(self) -> None:
        # The last thing of an epoch before the callbacks that read the row.
        epoch = self.current_epoch + 1
        uses_closure = self.training_config.optimizer.uses_closure
        self.row = {
            "epoch": epoch,
            "updates": epoch * self.updates_per_epoch,
            **({"evaluations": self.evaluations} if uses_closure else {}),
            "lr": self.trainer.optimizers[0].param_groups[0]["lr"],
            **{f"train_{name}": value for name, value in self._train.means().items()},
            **{f"validation_{name}": value for name, value in self._validation.means().items()},
        }
        schedule = self.lr_schedulers()
        if isinstance(schedule, PlateauLR):
            schedule.end_epoch(self.row["validation_loss"])

    def _autocast(self) -> torch.autocast:
        # A fresh one each time: it keeps weights cast to bf16 for as long as it lasts.
        return torch.autocast(self.device.type, torch.bfloat16, self.precision == "bf16")
