"""The LightningModule that minimizes an objective by an optimizer and a schedule."""

import math
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import Any

import pytorch_lightning as pl
import torch
from torch import Tensor, nn
from torch.optim.lr_scheduler import LRScheduler

from aebench.core.seeding import derive
from aebench.data.pixels import to_float
from aebench.objectives.criterion import Criterion
from aebench.training.config import Training
from aebench.training.graph import GraphedUpdate, LossTerms
from aebench.training.plateau import PlateauLR

# An epoch's numbers by column.
Row = dict[str, float]


class Means:
    """Means of named terms over an epoch, summed on the device: reading each would stall it."""

    def __init__(self) -> None:
        self.totals: dict[str, Tensor] = {}
        self.count = 0

    def add(self, terms: dict[str, Tensor], size: int) -> None:
        """Count `terms`, means over `size` images; they have the same names each time."""
        if not self.totals:
            self.totals = {name: torch.zeros_like(value) for name, value in terms.items()}
        totals = [self.totals[name] for name in terms]
        torch._foreach_add_(totals, list(terms.values()), alpha=size)
        self.count += size

    def values(self) -> Row:
        return {name: (total / self.count).item() for name, total in self.totals.items()}


class TrainingModule(pl.LightningModule):
    """Trains `trainable`; all randomness of an epoch follows from (seed, epoch).

    After each epoch `row` holds its means, named `train_...` and `validation_...`, the learning
    rate and the updates so far; for an optimizer that takes a closure, also the gradient
    `evaluations` so far.
    """

    def __init__(
        self,
        trainable: nn.Module,
        objective: Criterion,
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
        self.row: Row = {}
        # Entered around each update; LayerNorms replaces it.
        self.watch: Callable[[], AbstractContextManager[None]] = nullcontext
        self.graphed: GraphedUpdate | None = None

    def configure_optimizers(self) -> tuple[list[torch.optim.Optimizer], list[LRScheduler]]:
        optimizer = self.training_config.optimizer.build(self.trainable)
        schedule = self.training_config.schedule.build(optimizer, self.updates)
        return [optimizer], [schedule]

    def on_train_start(self) -> None:
        if self.device.type == "cuda" and self.training_config.optimizer.cuda_graphable:
            self.graphed = GraphedUpdate(
                self._optimizer,
                self._gradients,
                # Hooks of the diagnostics do not run when a graph is replayed.
                record=self.training_config.diagnostics is None,
            )

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        checkpoint["evaluations"] = self.evaluations

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        self.evaluations = checkpoint["evaluations"]

    def on_train_epoch_start(self) -> None:
        torch.manual_seed(derive(self.seed, "epoch", self.current_epoch))
        self._train, self._validation = Means(), Means()
        self._update = 0

    def training_step(self, chunk: Tensor, index: int) -> None:
        """Make one update for each batch of a K x batch_size x ... chunk."""
        schedule = self._schedule
        for batch in map(to_float, chunk):
            with self.watch():
                self._step(batch)
            schedule.step()
            self._update += 1

    @property
    def _optimizer(self) -> torch.optim.Optimizer:
        optimizer = self.optimizers(use_pl_optimizer=False)
        assert isinstance(optimizer, torch.optim.Optimizer)
        return optimizer

    @property
    def _schedule(self) -> LRScheduler:
        schedule = self.lr_schedulers()
        assert isinstance(schedule, LRScheduler)
        return schedule

    def _step(self, batch: Tensor) -> None:
        phase = self.objective.phase(self._epoch)
        if self.graphed and phase is not None:
            self._add(self.graphed(batch, phase))
            self.evaluations += 1
            return
        optimizer = self._optimizer
        self._evaluated = False
        # torch's stubs want a float, where its optimizers take the loss as a tensor.
        closure: Callable[[], Any] = partial(self._evaluate, optimizer, batch)
        try:
            optimizer.step(closure)
        except torch.linalg.LinAlgError:
            # A preconditioner cannot be decomposed once it holds infinite or NaN entries.
            self._train.add({"loss": torch.tensor(math.nan)}, len(batch))

    def _evaluate(self, optimizer: torch.optim.Optimizer, batch: Tensor) -> Tensor:
        """Compute the gradients and return the loss; L-BFGS asks several times in an update."""
        if self.training_config.optimizer.uses_closure:
            # A line search compares losses, so the noise must be the same in all of them.
            update = self.current_epoch * self.updates_per_epoch + self._update
            torch.manual_seed(derive(self.seed, "update", update))
        optimizer.zero_grad()
        parts = self._gradients(batch)
        if not self._evaluated:
            # Only the loss where the update begins; the points that a line search tries may be bad.
            self._add(parts)
        self.evaluations += 1
        self._evaluated = True
        first, *others = [terms["loss"] * (size / len(batch)) for terms, size in parts]
        return sum(others, start=first)

    def _gradients(self, batch: Tensor) -> LossTerms:
        """Add the batch's gradients to the parameters', clip them, and return the loss terms."""
        parts = []
        for part in self.objective.parts(batch, self._epoch):
            with self._autocast():
                terms = self.objective(self.trainable, part, self._epoch)
            share = terms["loss"] * (len(part) / len(batch))
            share.backward(create_graph=self.training_config.optimizer.second_order)
            parts.append(({name: value.detach() for name, value in terms.items()}, len(part)))
        if self.training_config.clip_norm:
            nn.utils.clip_grad_norm_(self.trainable.parameters(), self.training_config.clip_norm)
        return parts

    def _add(self, parts: LossTerms) -> None:
        for terms, size in parts:
            self._train.add(terms, size)

    @property
    def _epoch(self) -> float:
        """Epochs so far, the done share of the current one included."""
        return self.current_epoch + self._update / self.updates_per_epoch

    def on_validation_epoch_start(self) -> None:
        torch.manual_seed(derive(self.seed, "validation"))

    def validation_step(self, batch: Tensor, index: int) -> None:
        with self._autocast():
            self._validation.add(self.objective.validate(self.trainable, batch), len(batch))

    def on_validation_epoch_end(self) -> None:
        # Called last in an epoch, just before the callbacks that read the row.
        epoch = self.current_epoch + 1
        uses_closure = self.training_config.optimizer.uses_closure
        self.row = {
            "epoch": epoch,
            "updates": epoch * self.updates_per_epoch,
            **({"evaluations": self.evaluations} if uses_closure else {}),
            "lr": self.trainer.optimizers[0].param_groups[0]["lr"],
            **{f"train_{name}": value for name, value in self._train.values().items()},
            **{f"validation_{name}": value for name, value in self._validation.values().items()},
        }
        schedule = self._schedule
        if isinstance(schedule, PlateauLR):
            schedule.end_epoch(self.row["validation_loss"])

    @torch.no_grad()
    def validation_loss(self, batches: Iterable[Tensor]) -> float:
        """The loss on validation batches with the weights as they are."""
        training = self.trainable.training
        self.trainable.eval()
        self._validation = Means()
        with torch.random.fork_rng(devices=range(torch.cuda.device_count())):
            self.on_validation_epoch_start()
            for index, batch in enumerate(batches):
                self.validation_step(batch.to(self.device), index)
        self.trainable.train(training)
        return self._validation.values()["loss"]

    def _autocast(self) -> torch.autocast:
        # A new one each time, since it caches the weights cast to bf16 while it is entered.
        return torch.autocast(self.device.type, torch.bfloat16, self.precision == "bf16")
