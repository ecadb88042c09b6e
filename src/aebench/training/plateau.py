"""A learning rate that is reduced when the validation loss stops falling."""

from collections.abc import Callable

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR


class PlateauLR(LambdaLR):
    """`factor(update)`, times `gamma` after each `patience` epochs without a lower validation loss.

    Unlike torch's ReduceLROnPlateau it combines with a factor that changes every update. Its
    `state_dict` holds its whole state.
    """

    def __init__(
        self, optimizer: Optimizer, factor: Callable[[int], float], gamma: float, patience: int
    ):
        self.gamma, self.patience = gamma, patience
        self.reduction, self.best, self.waited = 1.0, float("inf"), 0
        super().__init__(optimizer, lambda update: self.reduction * factor(update))

    def end_epoch(self, validation_loss: float) -> None:
        """Count an epoch's loss; a reduction takes effect with the next update."""
        if validation_loss < self.best:
            self.best, self.waited = validation_loss, 0
            return
        self.waited += 1
        if self.waited == self.patience:
            self.reduction, self.waited = self.reduction * self.gamma, 0
            for group, lr, factor in zip(
                self.optimizer.param_groups, self.base_lrs, self.lr_lambdas, strict=True
            ):
                group["lr"] = lr * factor(self.last_epoch)
