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
        """Which function it is at `epoch` (counted from 0): one and the same while this stays.

        None: another one at each update.
        """
        return 0
