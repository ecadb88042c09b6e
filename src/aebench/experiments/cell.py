"""A cell: a recipe and a seed, named by its levels; what studies and sweeps are made of."""

from dataclasses import dataclass

from aebench.data.prepared import Prepared
from aebench.experiments.recipe import Recipe, Step
from aebench.training.runs import RunSpec

# Axis -> level, or what else names a cell.
Levels = dict[str, str]


def format_levels(levels: Levels, between: str = ", ") -> str:
    """Levels as people read them."""
    return between.join(f"{axis} {level}" for axis, level in levels.items())


@dataclass(frozen=True)
class Cell:
    """`levels` say where in the grid it stands."""

    levels: Levels
    seed: int
    recipe: Recipe

    @property
    def label(self) -> str:
        """The cell's name for people."""
        return f"{format_levels(self.levels)}, seed {self.seed}"

    def specs(self, prepared: Prepared) -> list[RunSpec]:
        """Its runs, each from the weights of the one before; none for a baseline."""
        return run_specs(self.recipe, prepared, self.seed)


def run_specs(recipe: Recipe, prepared: Prepared, seed: int) -> list[RunSpec]:
    """The runs of a recipe on these data, each from the weights of the one before."""
    specs: list[RunSpec] = []
    for step in recipe.steps:
        start = specs[-1].id if specs else None
        specs.append(run_spec(recipe, step, prepared, seed, start))
    return specs


def run_spec(
    recipe: Recipe, step: Step, prepared: Prepared, seed: int, start: str | None = None
) -> RunSpec:
    """The run of one training of a recipe."""
    return RunSpec(
        model=step.model,
        objective=step.objective,
        training=step.training,
        precision=recipe.precision,
        threads=recipe.threads,
        data=prepared.checksum,
        image_shape=prepared.image_shape,
        seed=seed,
        start=start,
    )
