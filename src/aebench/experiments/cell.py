"""A cell of a study or sweep: a recipe and a seed, named by the levels of its axes."""

from dataclasses import dataclass

from aebench.data.divisions import redrawn, without_test
from aebench.data.prepared import Prepared
from aebench.experiments.recipe import Recipe, Step
from aebench.training.runs import RunSpec

# Axis -> level.
Levels = dict[str, str]


def format_levels(levels: Levels, between: str = ", ") -> str:
    """E.g. `method pca, noise 0.3`."""
    return between.join(f"{axis} {level}" for axis, level in levels.items())


@dataclass(frozen=True)
class Cell:
    """A recipe and a seed at a place of the grid, which `levels` name.

    `redrawn`: the seed divides the images anew. `tuning`: it has no test images.
    """

    levels: Levels
    seed: int
    recipe: Recipe
    redrawn: bool = False
    tuning: bool = False

    @property
    def label(self) -> str:
        """The cell's name in messages, logs and reports."""
        return f"{format_levels(self.levels)}, seed {self.seed}"

    def data(self, prepared: Prepared) -> Prepared:
        """The data set as the cell divides it."""
        if self.redrawn:
            prepared = redrawn(prepared, self.seed)
        return without_test(prepared) if self.tuning else prepared

    def specs(self, prepared: Prepared) -> list[RunSpec]:
        """Its runs, each starting from the weights of the previous one; none for a baseline."""
        return run_specs(self.recipe, self.data(prepared), self.seed)


def run_specs(recipe: Recipe, prepared: Prepared, seed: int) -> list[RunSpec]:
    """The recipe's runs on these data, each starting from the weights of the previous one."""
    specs: list[RunSpec] = []
    for step in recipe.steps:
        start = specs[-1].id if specs else None
        specs.append(run_spec(recipe, step, prepared, seed, start))
    return specs


def run_spec(
    recipe: Recipe, step: Step, prepared: Prepared, seed: int, start: str | None = None
) -> RunSpec:
    """The run of a step of a recipe; `start` is the id of the run whose weights it begins with."""
    return RunSpec(
        model=step.model,
        objective=step.objective,
        training=step.training.on(prepared),
        precision=recipe.precision,
        threads=recipe.threads,
        data=prepared.checksum,
        image_shape=prepared.image_shape,
        seed=seed,
        start=start,
    )
