"""What training asks of every objective beside its value."""

from collections.abc import Sequence

from torch import Tensor


class Objective:
    """A mean over a batch's images, so that the batch may be taken in parts."""

    def parts(self, batch: Tensor, epoch: float) -> Sequence[Tensor]:
        """What is evaluated at a time, for gradients that are summed: all of it where it can be.

        A net with batch norm takes each part for a batch.
        """
        return (batch,)

    def phase(self, epoch: float) -> int | None:
        """Tells the functions apart that it is in the course of a training; None: of this update.

        `epoch` counts from 0.
        """
        return 0
