"""The search space of a sweep: drawing points from it and enumerating them."""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal

from aebench.core.errors import InputError
from aebench.sweeps.config import Sweep
from aebench.sweeps.dimensions import Dimension, Overrides, dimensions
from aebench.sweeps.points import cell, plain
from aebench.sweeps.values import Choices, Values

if TYPE_CHECKING:
    from optuna.trial import BaseTrial

# Corners of a space that are checked before the first trial.
MAX_CORNERS = 3000


def suggest(space: list[Dimension], trial: "BaseTrial") -> Overrides:
    """Draw the trial's point; asks Optuna for a conditional dimension only where it is active."""
    overrides: Overrides = {}
    for dimension in space:
        if dimension.active(overrides):
            values: Values = dimension.values
            suggested = values.suggest(trial, dimension.name)
            overrides[dimension.path] = values.from_optuna(suggested)
    return overrides


def overrides_of(space: list[Dimension], params: dict[str, Any]) -> Overrides:
    """Convert a trial's `params` to overrides of the recipe."""
    return {
        dimension.path: dimension.values.from_optuna(params[dimension.name])
        for dimension in space
        if dimension.name in params
    }


def start(sweep: Sweep) -> dict[str, Any] | None:
    """Return the recipe itself as Optuna's params; None if it lies outside the space."""
    recipe = plain(sweep.recipe)
    params: dict[str, Any] = {}
    overrides: Overrides = {}
    for dimension in dimensions(sweep):
        if dimension.active(overrides):
            value = _equal_choice(sweep, dimension, _at(recipe, dimension.path))
            if value not in dimension.values:
                return None
            overrides[dimension.path] = value
            params[dimension.name] = dimension.values.to_optuna(value)
    return params


def _equal_choice(sweep: Sweep, dimension: Dimension, value: Any) -> Any:
    """Return the choice that leaves the recipe as it is, which may spell `value` in a shorter way.

    Returns `value` if no choice does.
    """
    for choice in dimension.domain.choices or []:
        try:
            same = cell(sweep, {}, {dimension.path: choice}, sweep.seed).recipe == sweep.recipe
        except InputError:
            continue
        if same:
            return choice
    return value


def _at(recipe: dict[str, Any], path: str) -> Any:
    """Return the value at a dotted name; None if the recipe has no such entry."""
    value: Any = recipe
    for key in path.split("."):
        if isinstance(value, list):
            value = value[int(key)] if int(key) < len(value) else None
        else:
            value = value.get(key) if isinstance(value, dict) else None
    return value


def grid(space: list[Dimension], points: int) -> Iterator[dict[str, Any]]:
    """Yield Optuna's params of all points of a grid."""
    return (
        params for params, _ in _product(space, lambda dimension: dimension.values.grid(points))
    )


def corners(space: list[Dimension], end: Literal["low", "high"]) -> Iterator[Overrides]:
    """Yield the combinations of choices, at most MAX_CORNERS, with all ranges at this end."""

    def values_of(dimension: Dimension) -> list[Any]:
        values = dimension.values
        return values.labels if isinstance(values, Choices) else [getattr(values, end)]

    return (overrides for _, overrides in islice(_product(space, values_of), MAX_CORNERS))


def _product(
    space: list[Dimension],
    values_of: Callable[[Dimension], list[Any]],
    params: dict[str, Any] | None = None,
    overrides: Overrides | None = None,
) -> Iterator[tuple[dict[str, Any], Overrides]]:
    """Yield each combination as Optuna's params and as overrides, without inactive dimensions."""
    params, overrides = params or {}, overrides or {}
    if not space:
        yield params, overrides
        return
    first, *rest = space
    if not first.active(overrides):
        yield from _product(rest, values_of, params, overrides)
        return
    if first.path in overrides:
        raise InputError(f"space.{first.path}: two of its domains apply at {overrides}")
    for value in values_of(first):
        point = overrides | {first.path: first.values.from_optuna(value)}
        yield from _product(rest, values_of, params | {first.name: value}, point)
