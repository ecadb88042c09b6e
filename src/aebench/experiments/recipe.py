"""The recipe: how a model is trained, for the pipeline, studies and sweeps alike."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field, PositiveInt, model_validator

from aebench.baselines.base import Baseline
from aebench.core.schema import Section
from aebench.measures.base import Measure
from aebench.models.base import Model
from aebench.models.sections.stacked import Stacked
from aebench.objectives.base import Corruption, Objective
from aebench.objectives.sections.reconstruction import LayerReconstruction, Reconstruction
from aebench.training.config import Precision, Training
from aebench.training.optimizers.base import Optimizer
from aebench.training.schedules.base import Schedule


class Pretraining(Section):
    """Layer by layer, before the whole net is trained.

    Either `share` or `epochs`: that share of the epochs of `training`, split evenly over the
    layers, or so many epochs for each layer, before those of `training`.
    """

    method: Literal["greedy", "grow"]
    share: Annotated[float, Field(gt=0, lt=1)] | None = None
    epochs: PositiveInt | None = None
    # null: as in `training`.
    batch_size: PositiveInt | None = None
    optimizer: Optimizer | None = None
    schedule: Schedule | None = None
    # Of a layer's inputs, for all layers or a list with one for each; null: the objective's.
    corruption: Corruption | list[Corruption] | None = None

    @model_validator(mode="after")
    def _one_budget(self):
        if (self.share is None) == (self.epochs is None):
            raise ValueError("allowed: one of share and epochs")
        return self


@dataclass(frozen=True)
class Step:
    """One training of a recipe: a layer's, or the whole net's."""

    model: Model
    objective: Objective
    training: Training


class Recipe(Section):
    """Everything that a result depends on, except data and seed."""

    model: Model
    objective: Objective
    pretrain: Pretraining | None = None
    training: Training
    precision: Precision
    # Of the CPU: sums over several threads may differ in their last digits.
    threads: PositiveInt
    # What is measured of the trained model besides what its objective says, or of the baseline.
    measures: list[Measure] = Field(default=[])
    # What is used instead of a net: then nothing is trained, and of the rest only `measures` and
    # `training.without` count.
    baseline: Baseline | None = None

    @model_validator(mode="after")
    def _can_be_pretrained(self):
        if self.pretrain is None or self.baseline:
            return self
        if not isinstance(self.model, Stacked) or not isinstance(self.objective, Reconstruction):
            raise ValueError(
                "pretrain: only the model 'stacked' can be trained layer by layer, and only with "
                "the objective 'reconstruction'"
            )
        depth, given, whole = len(self.model.widths), self.pretrain, self.training.epochs
        if isinstance(given.corruption, list) and len(given.corruption) != depth:
            raise ValueError(
                f"pretrain.corruption: a list of {len(given.corruption)} for the {depth} layers "
                "of model.widths; allowed: one for each layer, or one for all"
            )
        if given.share is not None and not 0 < depth * self._layer_epochs < whole:
            raise ValueError(
                f"pretrain.share: {given.share} of {whole} epochs cannot be split over {depth} "
                "layers"
            )
        return self

    @property
    def steps(self) -> list[Step]:
        """Its trainings, each from the weights of the one before; none where it is a baseline's."""
        if self.baseline:
            return []
        layers = list(self._layers())
        training = self.training
        if self.pretrain and self.pretrain.share is not None:
            rest = training.epochs - sum(layer.training.epochs for layer in layers)
            training = training.model_copy(update={"epochs": rest})
        return [*layers, Step(self.model, self.objective, training)]

    @property
    def _layer_epochs(self) -> int:
        if self.pretrain.epochs is not None:
            return self.pretrain.epochs
        return round(self.pretrain.share * self.training.epochs / len(self.model.widths))

    def _layers(self) -> Iterator[Step]:
        given = self.pretrain
        if given is None:
            return
        changes: dict[str, Any] = {"epochs": self._layer_epochs, "patience": None}
        for key in ("batch_size", "optimizer", "schedule"):
            if getattr(given, key) is not None:
                changes[key] = getattr(given, key)
        training = self.training.model_copy(update=changes)
        objective = self.objective
        if given.method == "greedy":
            fields = {name: value for name, value in objective if name != "name"}
            objective = LayerReconstruction.model_construct(**fields)
        for depth in range(1, len(self.model.widths) + 1):
            corruption = given.corruption
            if isinstance(corruption, list):
                corruption = corruption[depth - 1]
            if corruption is not None:
                objective = objective.model_copy(update={"corruption": corruption})
            yield Step(self.model.first_layers(depth, given.method), objective, training)


def from_scratch(recipe: Recipe, images: int) -> Recipe:
    """The recipe without pretraining and with as many updates, for so many training images."""
    *layers, last = recipe.steps
    updates = sum(
        layer.training.epochs * _updates_per_epoch(layer.training, images) for layer in layers
    )
    extra = round(updates / _updates_per_epoch(last.training, images))
    training = last.training.model_copy(update={"epochs": last.training.epochs + extra})
    return recipe.model_copy(update={"pretrain": None, "training": training})


def _updates_per_epoch(training: Training, images: int) -> int:
    return max(1, images // training.batch_size)
