"""The one LightningModule: an objective on a model, stepped by an optimizer and a schedule."""

import pytorch_lightning as pl
import torch
from torch import Tensor, nn

from aebench.params import Training
from aebench.seeding import derive


class Sums:
    """Means over an epoch, summed on the device: asking for a value each step would stall it."""

    def __init__(self):
        self.totals: dict[str, Tensor] = {}
        self.count = 0

    def add(self, terms: dict[str, Tensor], size: int) -> None:
        for name, value in terms.items():
            weighted = value.detach() * size
            self.totals[name] = self.totals[name] + weighted if name in self.totals else weighted
        self.count += size

    def means(self) -> dict[str, float]:
        return {name: (total / self.count).item() for name, total in self.totals.items()}


class TrainingModule(pl.LightningModule):
    """Steps `trainee`; all randomness of an epoch follows from (seed, epoch).

    `updates` is the number of optimizer steps that the schedule spans. After each epoch `row`
    holds its means, named `train_...` and `validation_...`.
    """

    def __init__(self, trainee: nn.Module, objective, training: Training, seed: int, updates: int):
        super().__init__()
        self.trainee, self.objective, self.training_config = trainee, objective, training
        self.seed, self.updates = seed, updates
        self.row: dict[str, float] = {}

    def configure_optimizers(self):
        optimizer = self.training_config.optimizer.build(self.trainee)
        schedule = torch.optim.lr_scheduler.LambdaLR(
            optimizer, lambda update: self.training_config.schedule.factor(update, self.updates)
        )
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": schedule, "interval": "step"},
        }

    def on_train_epoch_start(self) -> None:
        torch.manual_seed(derive(self.seed, "epoch", self.current_epoch))
        self._train, self._validation = Sums(), Sums()
        self._batches = self.trainer.num_training_batches

    def training_step(self, batch: Tensor, index: int) -> Tensor:
        epoch = self.current_epoch + index / self._batches
        terms = self.objective(self.trainee, batch, epoch)
        self._train.add(terms, len(batch))
        return terms["loss"]

    def on_validation_epoch_start(self) -> None:
        torch.manual_seed(derive(self.seed, "validation"))

    def validation_step(self, batch: Tensor, index: int) -> None:
        self._validation.add(self.objective.validate(self.trainee, batch), len(batch))

    def on_validation_epoch_end(self) -> None:
        # The last thing of an epoch before the callbacks that read the row.
        self.row = {
            "epoch": self.current_epoch + 1,
            "updates": self.global_step,
            "lr": self.trainer.optimizers[0].param_groups[0]["lr"],
            **{f"train_{name}": value for name, value in self._train.means().items()},
            **{f"validation_{name}": value for name, value in self._validation.means().items()},
        }
