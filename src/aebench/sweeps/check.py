"""Checks of a sweep before its first trial."""

from typing import Any

from aebench.core.errors import InputError
from aebench.core.nearest import unknown
from aebench.data.prepared import Prepared
from aebench.experiments.check import metric_names
from aebench.sweeps.config import Sweep
from aebench.sweeps.dimensions import dimensions
from aebench.sweeps.points import cell
from aebench.sweeps.space import corners


def check_space(sweep: Sweep, prepared: Prepared, source: str) -> None:
    """Raise InputError if the space has points that are not valid, or the metric is not measured.

    Tries the combinations of choices, once with all ranges at their low ends and once at their high
    ends; builds each kind of model once, with its objective and optimizer.
    """
    space = dimensions(sweep)
    built: list[Any] = []
    metrics: set[str] = set()
    for end in ("low", "high"):
        for overrides in corners(space, end):
            try:
                corner = cell(sweep, overrides, overrides, sweep.seed)
            except InputError as error:
                raise InputError(f"{source}: {error}") from None
            recipe, training = corner.recipe, corner.recipe.training
            parts = [recipe.model, recipe.objective, recipe.pretrain]
            kind = [*parts, training.optimizer, training.images]
            if kind not in built:
                metrics |= metric_names(corner, prepared)
                built.append(kind)
    if f"test_{sweep.selection.metric}" not in metrics:
        allowed = sorted(name.removeprefix("test_") for name in metrics if name.startswith("test_"))
        raise InputError(
            source,
            f"selection.metric: {unknown('name', sweep.selection.metric, allowed)}",
            ", ".join(allowed),
        )
