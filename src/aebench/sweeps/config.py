"""A sweep, as `sweeps/NAME.yaml` states it: a base recipe, and what is varied in it."""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, NonNegativeInt, PositiveInt, model_validator

from aebench.config.experiment import read_experiment
from aebench.core.errors import InputError
from aebench.core.overrides import merge
from aebench.core.schema import Section, parse
from aebench.experiments import hyperparameter
from aebench.experiments.recipe import Recipe

FOLDER = Path("sweeps")
# Other values of these change what the validation loss measures.
FIXED = (
    "objective.name",
    "objective.loss",
    "objective.binarization",
    # Of IWAE: with more draws the bound is tighter, whatever the model.
    "objective.samples",
    "model.name",
    "model.likelihood",
    "training.without",
    "precision",
    "threads",
)
Number = int | float


class Hyperparameter(hyperparameter.Hyperparameter):
    """Choices, or a range: of whole numbers where both ends are, else of floats.

    `when`: hyperparameter -> its value or values; elsewhere this one does not exist.
    """

    low: Number | None = None
    high: Number | None = None
    log: bool = False
    step: Number | None = None
    when: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _log_or_step(self):
        if self.choices is not None:
            if self.log or self.step is not None:
                raise ValueError("log and step are not allowed with choices")
            return self
        if self.log and self.low <= 0:
            raise ValueError(f"low: {self.low} is not allowed with log; allowed: above 0")
        if self.step is not None:
            if self.log:
                raise ValueError("step is not allowed with log")
            if not 0 < self.step <= self.high - self.low:
                raise ValueError(f"step: {self.step} is not allowed; allowed: up to high - low")
            if self.whole and not isinstance(self.step, int):
                raise ValueError(f"step: {self.step} is not allowed; allowed: a whole number")
        return self

    @property
    def whole(self) -> bool:
        return isinstance(self.low, int) and isinstance(self.high, int)


class Sampler(Section):
    """Which point is tried next; `points`: of a grid, how many of each range without a step."""

    name: Literal["tpe", "random", "qmc", "cmaes", "grid", "gp"] = "tpe"
    # Points drawn at random before the model of tpe, cmaes or gp is asked; null: Optuna's number.
    startup: PositiveInt | None = None
    points: Annotated[int, Field(ge=2)] = 3


class Median(Section):
    """Ends a trial whose best epoch so far is worse than the median of the others at that epoch.

    No earlier than after `wait` epochs, nor before `startup` trials have come to their end.
    """

    name: Literal["median"]
    startup: NonNegativeInt = 5
    wait: NonNegativeInt = 0


class Hyperband(Section):
    """Brackets of successive halvings (Li et al. 2018): the best 1 / `factor` go on, `factor` times
    as long, the first time after `least` epochs."""

    name: Literal["hyperband"]
    least: PositiveInt = 1
    factor: Annotated[int, Field(ge=2)] = 3


class NoPruner(Section):
    """Every trial comes to its end."""

    name: Literal["none"]


PrunerConfig = Annotated[Median | Hyperband | NoPruner, Field(discriminator="name")]


class Selection(Section):
    """The `best` trials and the defaults are trained again with `seeds`, which the search has not
    used; `metric` is what is read of the test images in the end."""

    best: PositiveInt = 3
    seeds: Annotated[list[NonNegativeInt], Field(min_length=2)]
    metric: str


class Sweep(Section):
    """`space`: the dotted name of a hyperparameter of the recipe -> the ways in which it varies.

    Several ways are for different conditions. `seed` is that of the sampler and of the trials. The
    first trial is the recipe itself, where it is a point of the space, but on a grid.
    """

    title: str
    # The recipe of params.yaml that the winner can be written into.
    applies_to: Literal["autoencoder", "vae"]
    recipe: Recipe
    space: Annotated[dict[str, list[Hyperparameter]], Field(min_length=1)]
    sampler: Sampler = Field(default=Sampler())
    pruner: PrunerConfig = Field(default=Median(name="median"))
    trials: PositiveInt
    seed: NonNegativeInt
    objectives: Annotated[
        list[Literal["validation_loss", "parameters"]], Field(min_length=1, max_length=2)
    ] = ["validation_loss"]  # noqa: RUF012
    selection: Selection

    @model_validator(mode="after")
    def _consistent(self):
        if self.recipe.baseline:
            raise ValueError(
                "recipe.baseline: is not allowed, since nothing is trained for a baseline"
            )
        for path in self.space:
            for fixed in FIXED:
                if path == fixed or fixed.startswith(f"{path}."):
                    raise ValueError(
                        f"space.{path}: is not allowed, since trials with another {fixed} do not "
                        "compare"
                    )
        if self.objectives[0] != "validation_loss" or len(set(self.objectives)) < len(
            self.objectives
        ):
            raise ValueError(
                f"objectives: {self.objectives} is not allowed; allowed: [validation_loss], or "
                "[validation_loss, parameters]"
            )
        if len(self.objectives) > 1 and self.pruner.name != "none":
            raise ValueError("pruner: with two objectives only 'none' is possible")
        if len(self.objectives) > 1 and self.sampler.name == "cmaes":
            raise ValueError("sampler: 'cmaes' has one objective; allowed: tpe, random, qmc, gp")
        seeds = self.selection.seeds
        if len(set(seeds)) < len(seeds) or self.seed in seeds:
            raise ValueError(
                f"selection.seeds: {seeds} has a seed twice, or that of the trials, {self.seed}"
            )
        return self


def names() -> list[str]:
    """The sweeps there are."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


def load_sweep(name: str, dataset: str) -> Sweep:
    """The sweep `name` as it is done on `dataset`; raises InputError for what is wrong in it.

    What only a point of the space shows, `space.check` finds.
    """
    if name not in names():
        raise InputError(f"unknown sweep '{name}'; allowed: {', '.join(names())}")
    path = FOLDER / f"{name}.yaml"
    raw = merge(*read_experiment(path, dataset), names="space")
    if isinstance(raw.get("space"), dict):
        raw["space"] = {
            str(hyperparameter): ways if isinstance(ways, list) else [ways]
            for hyperparameter, ways in raw["space"].items()
        }
    return parse(Sweep, raw, str(path))
