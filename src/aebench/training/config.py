"""The section `training` of the config."""

from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, PositiveFloat

from aebench.core.counts import Count, CountFrom0
from aebench.core.schema import Added, Distinct, Section
from aebench.training.optimizers.base import Optimizer
from aebench.training.schedules.base import Schedule

if TYPE_CHECKING:
    from aebench.data.prepared import Prepared

# How an epoch's images are shuffled: all at once, or blocks of neighbours, some at a time.
Order = Literal["full", "blocks"]
# bf16 mixed precision, or single precision.
Precision = Literal["bf16", "fp32"]


class Diagnostics(Section):
    """Norms of each layer's gradient, update and activations in every `every`-th update."""

    every: Count


class Training(Section):
    """How a model is trained: everything in a run but the model and its objective."""

    epochs: Count
    batch_size: Count
    optimizer: Optimizer
    schedule: Schedule
    # Stop after so many epochs without a lower validation loss; null: never.
    patience: Count | None = None
    # Save the weights of the epoch with the lowest validation loss, not of the last one.
    restore_best: bool = True
    # Train on so many of the training images, the same for all seeds; null: on all.
    images: Count | None = None
    # Labels whose images are removed from the data; null: none.
    without: Annotated[Distinct[CountFrom0], Field(min_length=1)] | None = None
    # Largest norm of the gradient over all parameters, to which larger ones are scaled down
    # (Pascanu et al. 2013); null: no limit.
    clip_norm: PositiveFloat | None = None
    # Measurements of the layers, saved in the run's folder; null: none.
    diagnostics: Diagnostics | None = None
    # Where it is not given: blocks for data of more than 4 GiB, which may not fit into memory.
    order: Annotated[Order, Added(off="full")] = "full"

    def on(self, prepared: "Prepared") -> Self:
        """The section with the order that suits these data, unless it is given."""
        if "order" in self.model_fields_set or not prepared.large:
            return self
        return self.model_copy(update={"order": "blocks"})
