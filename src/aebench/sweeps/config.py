"""`sweeps/NAME.yaml`: a recipe, and the hyperparameters that a sweep varies in it."""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from aebench.config.experiment import read_experiment
from aebench.core.counts import Count, CountFrom0, Seed
from aebench.core.errors import InputError
from aebench.core.limits import LARGEST_SEED
from aebench.core.nearest import unknown
from aebench.core.overrides import merge
from aebench.core.schema import Distinct, Section, parse
from aebench.experiments.hyperparameter import Hyperparameter
from aebench.experiments.recipe import Recipe
from aebench.sweeps.values import Choices, FloatRange, IntRange

FOLDER = Path("sweeps")
# With other values of these the validation loss measures something else.
FIXED = (
    "objective.name",
    "objective.loss",
    "objective.binarization",
    # IWAE's importance samples: more of them tighten the bound, whatever the model.
    "objective.samples",
    "model.name",
    "model.likelihood",
    "training.without",
    "precision",
    "threads",
)
# Those of Optuna, as far as they are whole.
Number = Annotated[int, Field(ge=-LARGEST_SEED, le=LARGEST_SEED)] | float


class Domain(Hyperparameter):
    """Choices or a range: of whole numbers where both ends are, otherwise of floats.

    `when`: hyperparameter -> its value or values under which this domain applies.
    """

    low: Number | None = None
    high: Number | None = None
    log: bool = False
    step: Number | None = None
    when: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _log_or_step(self):
        if self.choices is not None and (self.log or self.step is not None):
            raise ValueError("log and step are not allowed with choices")
        if self.low is None or self.high is None:
            return self
        if self.log and self.low <= 0:
            raise ValueError(f"low: {self.low} is not allowed with log; allowed: above 0")
        if self.step is None:
            return self
        if self.log:
            raise ValueError("step is not allowed with log")
        if not 0 < self.step <= self.high - self.low:
            raise ValueError(f"step: {self.step} is not allowed; allowed: up to high - low")
        whole = isinstance(self.low, int) and isinstance(self.high, int)
        if whole and not isinstance(self.step, int):
            raise ValueError(f"step: {self.step} is not allowed; allowed: a whole number")
        return self

    @property
    def values(self) -> Choices | IntRange | FloatRange:
        """The values, whatever the condition."""
        low, high, step = self.low, self.high, self.step
        if low is None or high is None:
            return Choices(self.choices or [])
        if isinstance(low, int) and isinstance(high, int) and not isinstance(step, float):
            return IntRange(low, high, self.log, step)
        return FloatRange(float(low), float(high), self.log, step)

    @property
    def text(self) -> str:
        """The domain in one line, for people."""
        settings = self.model_dump(exclude_defaults=True)
        return ", ".join(f"{key} {value}" for key, value in settings.items())


class Sampler(Section):
    """Optuna's sampler; `points`: values of each range without a step that `grid` tries."""

    name: Literal["tpe", "random", "qmc", "cmaes", "grid", "gp"] = "tpe"
    # Random trials before tpe, cmaes or gp fits its model; null: Optuna's default.
    startup: Count | None = None
    points: Annotated[Count, Field(ge=2)] = 3


class Median(Section):
    """Prunes a trial whose best loss so far is worse than the median of the others' at that epoch.

    Never prunes in the first `wait` epochs, nor before `startup` trials are complete.
    """

    name: Literal["median"]
    startup: CountFrom0 = 5
    wait: CountFrom0 = 0


class Hyperband(Section):
    """Brackets of successive halving (Li et al. 2018).

    The best 1 / `factor` of the trials go on, `factor` times as long, first after `least` epochs.
    """

    name: Literal["hyperband"]
    least: Count = 1
    factor: Annotated[Count, Field(ge=2)] = 3


class NoPruner(Section):
    """Trains every trial to its last epoch."""

    name: Literal["none"]


PrunerConfig = Annotated[Median | Hyperband | NoPruner, Field(discriminator="name")]


class Selection(Section):
    """Trains the `best` trials and the defaults again with `seeds`, which the search has not used;
    `metric` is then computed on the test images."""

    best: Count = 3
    seeds: Annotated[Distinct[Seed], Field(min_length=2)]
    metric: str


class Sweep(Section):
    """`space`: the dotted name of a hyperparameter of the recipe -> its domains.

    Several domains apply under different conditions. `seed` is the sampler's and the trials'. The
    first trial is the recipe itself if it is a point of the space, except with the sampler `grid`.
    """

    title: str
    # The recipe of params.yaml that the winner can be written into.
    applies_to: Literal["autoencoder", "vae"]
    recipe: Recipe
    space: Annotated[dict[str, list[Domain]], Field(min_length=1)]
    sampler: Sampler = Field(default=Sampler())
    pruner: PrunerConfig = Field(default=Median(name="median"))
    trials: Count
    seed: Seed
    objectives: Annotated[
        Distinct[Literal["validation_loss", "parameters"]], Field(min_length=1, max_length=2)
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
        if self.objectives[0] != "validation_loss":
            raise ValueError(
                f"objectives: {self.objectives} is not allowed; allowed: [validation_loss], or "
                "[validation_loss, parameters]"
            )
        if len(self.objectives) > 1 and self.pruner.name != "none":
            raise ValueError("pruner: with two objectives only 'none' is possible")
        if len(self.objectives) > 1 and self.sampler.name == "cmaes":
            raise ValueError("sampler: 'cmaes' has one objective; allowed: tpe, random, qmc, gp")
        seeds = self.selection.seeds
        if self.seed in seeds:
            raise ValueError(f"selection.seeds: {seeds} has that of the trials, {self.seed}")
        return self


def names() -> list[str]:
    """Return the names of all sweeps, sorted."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


def load_sweep(name: str, dataset: str) -> Sweep:
    """Read the sweep `name` with the overrides of `dataset`; raises InputError if it is not valid.

    `check_space` finds the errors that only a point of the space has.
    """
    if name not in names():
        raise InputError("", unknown("sweep", name, names()), ", ".join(names()))
    path = FOLDER / f"{name}.yaml"
    raw = merge(*read_experiment(path, dataset), names="space")
    if isinstance(raw.get("space"), dict):
        raw["space"] = {
            str(path): domains if isinstance(domains, list) else [domains]
            for path, domains in raw["space"].items()
        }
    return parse(Sweep, raw, str(path))
