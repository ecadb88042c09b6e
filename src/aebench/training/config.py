"""How a network is trained, as the config says it."""

from typing import Annotated, Literal

from pydantic import Field, NonNegativeInt, PositiveFloat, PositiveInt

from aebench.core.schema import Section
from aebench.training.optimizers.base import Optimizer
from aebench.training.schedules.base import Schedule

# bf16 mixed precision, or single precision.
Precision = Literal["bf16", "fp32"]


class Diagnostics(Section):
    """Norms of each layer's gradient, update and activations, in every `every`-th update."""

    every: PositiveInt


class Training(Section):
    """The part of a run that is not the model or its objective."""

    epochs: PositiveInt
    batch_size: PositiveInt
    optimizer: Optimizer
    schedule: Schedule
    # Epochs without a better validation error after which training stops; null: never.
    patience: PositiveInt | None = None
    # Keep the weights of the best validation epoch, not of the last one.
    restore_best: bool = True
    # Train on so many of the training images, always the same ones; null: on all.
    images: PositiveInt | None = None
    # Labels whose images are left out, as if they were not in the data; null: none.
    without: Annotated[list[NonNegativeInt], Field(min_length=1)] | None = None
    # Gradients whose norm, over all parameters, is larger are scaled down to it (Pascanu et al.
    # 2013); null: never.
    clip_norm: PositiveFloat | None = None
    # What is measured of the layers and kept in the run's folder; null: nothing.
    diagnostics: Diagnostics | None = None
