"""What training asks of an objective."""

from collections.abc import Sequence

from torch import Tensor, nn


class Criterion:
    """A mean over a batch's images, so that the batch may be taken in parts.

    The loss is for training, `validate` for what models are compared by, `metrics` for results.
    """

    def trainable(self, model: nn.Module) -> nn.Module:
        """The part of `model` that learns; raises InputError where the model does not fit."""
        return model

    def inputs(self, model: nn.Module, images: Tensor) -> Tensor:
        """What batches are cut from: N x ..., uint8 images as they are, or made from them."""
        return images

    def __call__(self, trainable: nn.Module, batch: Tensor, epoch: float) -> dict[str, Tensor]:
        """`loss`, a scalar to descend on, and other terms to note; `epoch` counts from 0."""
        raise NotImplementedError

    def validate(self, trainable: nn.Module, batch: Tensor) -> dict[str, Tensor]:
        """`loss`, by which trainings are compared, and other means over the batch."""
        raise NotImplementedError

    def metrics(self, model: nn.Module, images: Tensor) -> dict[str, float]:
        """Results by name, of the uint8 images of one part of the data."""
        raise NotImplementedError

    def parts(self, batch: Tensor, epoch: float) -> Sequence[Tensor]:
        """What is evaluated at a time, for gradients that are summed: all of it where it can be.

        A net with batch norm takes each part for a batch.
        """
        return (batch,)

    def phase(self, epoch: float) -> int | None:
        """Which function it is at `epoch` (counted from 0): one and the same while this stays.

        None: another one at each update.
        """
        return 0
