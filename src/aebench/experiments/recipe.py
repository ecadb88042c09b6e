"""Recipes: how a model is trained and measured, for the pipeline, studies and sweeps."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from aebench.baselines.base import Baseline
from aebench.core.counts import Count
from aebench.core.memory import needs_memory
from aebench.core.schema import Section
from aebench.measures.base import Measure
from aebench.models.base import Model
from aebench.models.sections.stacked import Stacked
from aebench.objectives.base import Corruption, Objective
from aebench.objectives.sections.reconstruction import LayerReconstruction, Reconstruction
from aebench.training.config import Precision, Training
from aebench.training.optimizers.base import Optimizer
from aebench.training.schedules.base import Schedule

# Bytes of an entry of a list.
POINTER = 8


class Pretraining(Section):
    """Greedy pretraining of the layers, before the whole net is trained.

    Exactly one of `share` and `epochs`: the share of the epochs of `training`, split evenly over
    the layers, or the epochs of each layer, in addition to those of `training`.
    """

    method: Literal["greedy", "grow"]
    share: Annotated[float, Field(gt=0, lt=1)] | None = None
    epochs: Count | None = None
    # null: as in `training`.
    batch_size: Count | None = None
    optimizer: Optimizer | None = None
    schedule: Schedule | None = None
    # Of the layers' inputs: one for all layers, or a list with one each; null: the objective's.
    corruption: Corruption | list[Corruption] | None = None

    @model_validator(mode="after")
    def _one_budget(self):
        if (self.share is None) == (self.epochs is None):
            raise ValueError("allowed: one of share and epochs")
        return self

    def layer_epochs(self, epochs: int, layers: int) -> int:
        """The epochs of each of so many layers, where `training` has `epochs`."""
        if self.epochs is not None:
            return self.epochs
        assert self.share is not None
        return round(self.share * epochs / layers)


@dataclass(frozen=True)
class Step:
    """One training of a recipe: of a layer, or of the whole net."""

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
    threads: Count
    # Metrics of the trained model beyond those of its objective, or of the baseline.
    measures: list[Measure] = Field(default=[])
    # Used instead of a net: nothing is trained, and of the other fields only `measures` and
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
        depth, pretrain, epochs = len(self.model.widths), self.pretrain, self.training.epochs
        if isinstance(pretrain.corruption, list) and len(pretrain.corruption) != depth:
            raise ValueError(
                f"pretrain.corruption: a list of {len(pretrain.corruption)} for the {depth} layers "
                "of model.widths; allowed: one for each layer, or one for all"
            )
        layer_epochs = pretrain.layer_epochs(epochs, depth)
        if pretrain.share is not None and not 0 < depth * layer_epochs < epochs:
            raise ValueError(
                f"pretrain.share: {pretrain.share} of {epochs} epochs cannot be split over {depth} "
                "layers"
            )
        return self

    @property
    def steps(self) -> list[Step]:
        """Its trainings, each from the weights of the previous one; none for a baseline."""
        if self.baseline:
            return []
        layers = list(self._layers())
        training = self.training
        if self.pretrain and self.pretrain.share is not None:
            rest = training.epochs - sum(layer.training.epochs for layer in layers)
            training = training.model_copy(update={"epochs": rest})
        return [*layers, Step(self.model, self.objective, training)]

    def _layers(self) -> Iterator[Step]:
        """The trainings of the layers."""
        pretrain, model = self.pretrain, self.model
        if pretrain is None or not isinstance(model, Stacked):
            return
        layers = len(model.widths)
        # The nets of 1, 2, ... layers list their widths each.
        needs_memory(POINTER * layers**2 / 2, f"pretrain: {layers} layers")
        epochs = pretrain.layer_epochs(self.training.epochs, layers)
        changes: dict[str, Any] = {"epochs": epochs, "patience": None}
        for key in ("batch_size", "optimizer", "schedule"):
            if getattr(pretrain, key) is not None:
                changes[key] = getattr(pretrain, key)
        training = self.training.model_copy(update=changes)
        objective = self.objective
        if pretrain.method == "greedy":
            fields = {name: value for name, value in objective if name != "name"}
            objective = LayerReconstruction.model_construct(**fields)
        for depth in range(1, len(model.widths) + 1):
            corruption = pretrain.corruption
            if isinstance(corruption, list):
                corruption = corruption[depth - 1]
            if corruption is not None:
                objective = objective.model_copy(update={"corruption": corruption})
            yield Step(model.first_layers(depth, pretrain.method), objective, training)


def begins_at_pca(recipe: Recipe) -> bool:
    """Whether the model's first weights are PCA of the training images."""
    return getattr(recipe.model, "linear", None) == "pca"


def from_scratch(recipe: Recipe, images: int) -> Recipe:
    """The recipe without pretraining, with as many updates on a training set of `images` images.

    A model that begins at PCA then begins with random weights.
    """
    if begins_at_pca(recipe):
        model = recipe.model.model_copy(update={"linear": "random"})
        return recipe.model_copy(update={"model": model})
    *layers, last = recipe.steps
    updates = sum(
        layer.training.epochs * _updates_per_epoch(layer.training, images) for layer in layers
    )
    extra = round(updates / _updates_per_epoch(last.training, images))
    training = last.training.model_copy(update={"epochs": last.training.epochs + extra})
    return recipe.model_copy(update={"pretrain": None, "training": training})


def _updates_per_epoch(training: Training, images: int) -> int:
    return max(1, images // training.batch_size)
