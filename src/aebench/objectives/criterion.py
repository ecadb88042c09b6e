"""The interface of objectives: a loss to train on, a loss to validate by, and metrics."""

from collections.abc import Sequence
from typing import Generic, TypeVar, cast

from torch import Tensor, nn

ModelT = TypeVar("ModelT", bound=nn.Module)
TrainableT = TypeVar("TrainableT", bound=nn.Module)


class Criterion(Generic[ModelT, TrainableT]):
    """A loss, averaged over the images of a batch, and metrics.

    `ModelT` is the class of models that it takes, `TrainableT` that of the part that is trained.
    Training minimizes the loss of a call, models are compared by that of `validate`, and `metrics`
    are the results. As losses are means, a batch can be evaluated in parts.
    """

    def trainable(self, model: nn.Module) -> TrainableT:
        """The part of `model` that is trained; raises InputError for a model that does not fit."""
        return cast(TrainableT, model)

    def inputs(self, model: ModelT, images: Tensor) -> Tensor:
        """The tensor that batches are cut from, N x ..., made from the uint8 images."""
        return images

    def __call__(self, trainable: TrainableT, batch: Tensor, epoch: float) -> dict[str, Tensor]:
        """`loss`, a scalar to minimize, and other terms to log; `epoch` counts from 0."""
        raise NotImplementedError

    def validate(self, trainable: TrainableT, batch: Tensor) -> dict[str, Tensor]:
        """`loss`, by which epochs and models are compared, and other means over the batch."""
        raise NotImplementedError

    def metrics(self, model: ModelT, images: Tensor) -> dict[str, float]:
        """Results by name for the uint8 images of one part of the data."""
        raise NotImplementedError

    def parts(self, batch: Tensor, epoch: float) -> Sequence[Tensor]:
        """The parts of a batch to evaluate one by one, their gradients summed; by default one part.

        Batch norm takes its statistics from each part alone.
        """
        return (batch,)

    def phase(self, epoch: float) -> int | None:
        """A number that stays the same while the loss is the same function of weights and batch.

        None if the loss changes in every update. `epoch` counts from 0.
        """
        return 0
