"""The space of a sweep: what Optuna varies, and what a point of it means for the recipe."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal

from aebench.core.errors import InputError
from aebench.core.overrides import merge
from aebench.core.schema import Section, parse
from aebench.data.prepared import Prepared
from aebench.experiments.cell import Cell
from aebench.experiments.check import metric_names
from aebench.experiments.recipe import Recipe
from aebench.sweeps.config import Hyperparameter, Sweep

if TYPE_CHECKING:
    from optuna.trial import Trial

# Dotted name -> value: what a point changes in the recipe.
Overrides = dict[str, Any]
# Of the corners of a space so many are looked at before the first trial.
CORNERS = 3000


@dataclass(frozen=True)
class Parameter:
    """One way in which the hyperparameter `path` varies; `name` is what Optuna calls it."""

    name: str
    path: str
    hyperparameter: Hyperparameter

    def active(self, so_far: Overrides) -> bool:
        """Whether it exists, given the parameters before it."""
        return all(
            path in so_far and so_far[path] in _several(allowed)
            for path, allowed in self.hyperparameter.when.items()
        )

    @property
    def text(self) -> str:
        """The hyperparameter as people read it."""
        hyperparameter = self.hyperparameter.model_dump(exclude_defaults=True)
        return ", ".join(f"{key} {value}" for key, value in hyperparameter.items())

    def suggested(self, trial: "Trial") -> Any:
        """Optuna's value for the trial."""
        hyperparameter = self.hyperparameter
        if hyperparameter.choices is not None:
            return trial.suggest_categorical(
                self.name, [_label(one) for one in hyperparameter.choices]
            )
        if hyperparameter.whole:
            step = hyperparameter.step or 1
            return trial.suggest_int(
                self.name,
                hyperparameter.low,
                hyperparameter.high,
                log=hyperparameter.log,
                step=step,
            )
        low, high = float(hyperparameter.low), float(hyperparameter.high)
        return trial.suggest_float(
            self.name, low, high, log=hyperparameter.log, step=hyperparameter.step
        )

    def at(self, share: float) -> Any:
        """Optuna's value at 0 <= `share` < 1 of the way through the choices or the range."""
        hyperparameter = self.hyperparameter
        if hyperparameter.choices is not None:
            return _label(hyperparameter.choices[int(share * len(hyperparameter.choices))])
        if hyperparameter.step or (hyperparameter.whole and not hyperparameter.log):
            step = hyperparameter.step or 1
            return hyperparameter.low + step * int(
                share * (int((hyperparameter.high - hyperparameter.low) / step + 1e-9) + 1)
            )
        if hyperparameter.log:
            value = hyperparameter.low * (hyperparameter.high / hyperparameter.low) ** share
        else:
            value = hyperparameter.low + share * (hyperparameter.high - hyperparameter.low)
        return round(value) if hyperparameter.whole else value

    def value(self, suggested: Any) -> Any:
        """What stands in the recipe for what Optuna suggests."""
        if self.hyperparameter.choices is not None:
            return next(one for one in self.hyperparameter.choices if _label(one) == suggested)
        if self.hyperparameter.whole:
            return suggested
        # Four digits: they are read and copied by people, and tuning is not that fine.
        return min(
            max(float(f"{suggested:.4g}"), float(self.hyperparameter.low)),
            float(self.hyperparameter.high),
        )

    def holds(self, value: Any) -> bool:
        """Whether `value` is one that `value` gives for a suggestion."""
        hyperparameter = self.hyperparameter
        if hyperparameter.choices is not None:
            return value in hyperparameter.choices
        number = isinstance(value, int) if hyperparameter.whole else isinstance(value, int | float)
        if not number or not hyperparameter.low <= value <= hyperparameter.high:
            return False
        steps = (value - hyperparameter.low) / (hyperparameter.step or 1)
        on_step = (
            not (hyperparameter.step or hyperparameter.whole) or abs(steps - round(steps)) < 1e-9
        )
        return on_step and self.value(value) == value

    def suggestion(self, value: Any) -> Any:
        """Optuna's value for one that is held."""
        choices = self.hyperparameter.choices
        return value if choices is None else _label(choices[choices.index(value)])

    def spread(self, points: int) -> list[Any]:
        """What a grid tries: all choices, all steps, else `points` from end to end."""
        hyperparameter = self.hyperparameter
        if hyperparameter.choices is not None:
            return [_label(choice) for choice in hyperparameter.choices]
        step = hyperparameter.step or (
            1 if hyperparameter.whole and not hyperparameter.log else None
        )
        if step and (hyperparameter.step or hyperparameter.high - hyperparameter.low < points):
            count = int((hyperparameter.high - hyperparameter.low) / step + 1e-9) + 1
            return [hyperparameter.low + i * step for i in range(count)]
        between = [self.at(i / (points - 1)) for i in range(1, points - 1)]
        return list(dict.fromkeys([hyperparameter.low, *between, hyperparameter.high]))


def parameters(sweep: Sweep) -> list[Parameter]:
    """In the order of the file; raises InputError where a condition names none of those before."""
    found: list[Parameter] = []
    for path, ways in sweep.space.items():
        for hyperparameter in ways:
            for other, allowed in hyperparameter.when.items():
                choices = [
                    choice
                    for one in found
                    if one.path == other and one.path != path
                    for choice in one.hyperparameter.choices or []
                ]
                for value in _several(allowed):
                    if value not in choices:
                        raise InputError(
                            f"space.{path}: when: '{other}: {value}' is no choice of a "
                            "hyperparameter above it"
                        )
            condition = ", ".join(
                str(value)
                for allowed in hyperparameter.when.values()
                for value in _several(allowed)
            )
            name = path if len(ways) == 1 else f"{path} ({condition})"
            found.append(Parameter(name, path, hyperparameter))
    if len({one.name for one in found}) < len(found):
        raise InputError("space: a hyperparameter has two ways to vary under the same condition")
    return found


def suggest(space: list[Parameter], trial: "Trial") -> Overrides:
    """The trial's point; what is conditional is asked only where it exists."""
    values: Overrides = {}
    for one in space:
        if one.active(values):
            values[one.path] = one.value(one.suggested(trial))
    return values


def chosen(space: list[Parameter], params: dict[str, Any]) -> Overrides:
    """The point of a finished trial's `params`."""
    return {one.path: one.value(params[one.name]) for one in space if one.name in params}


def start(sweep: Sweep) -> dict[str, Any] | None:
    """The recipe itself as a point, by Optuna's names; None where it lies outside the space."""
    recipe = plain(sweep.recipe)
    point: dict[str, Any] = {}
    values: Overrides = {}
    for one in parameters(sweep):
        if one.active(values):
            said = _at(recipe, one.path)
            choices = one.hyperparameter.choices or []
            values[one.path] = value = next((c for c in choices if _same(sweep, one, c)), said)
            if not one.holds(value):
                return None
            point[one.name] = one.suggestion(value)
    return point


def _same(sweep: Sweep, one: Parameter, choice: Any) -> bool:
    """Whether the recipe is the same with this choice, which may be short for what it says."""
    try:
        return cell(sweep, {}, {one.path: choice}, sweep.seed).recipe == sweep.recipe
    except InputError:
        return False


def _at(recipe: dict[str, Any], path: str) -> Any:
    """The value of this dotted name; None where there is none."""
    value: Any = recipe
    for key in path.split("."):
        if isinstance(value, list):
            value = value[int(key)] if int(key) < len(value) else None
        else:
            value = value.get(key) if isinstance(value, dict) else None
    return value


def grid(space: list[Parameter], points: int) -> Iterator[dict[str, Any]]:
    """All points of a grid, by Optuna's names."""
    return (raw for raw, _ in _product(space, lambda one: one.spread(points)))


def _product(
    space: list[Parameter],
    values: Callable[[Parameter], list[Any]],
    raw: dict[str, Any] | None = None,
    so_far: Overrides | None = None,
) -> Iterator[tuple[dict[str, Any], Overrides]]:
    raw, so_far = raw or {}, so_far or {}
    if not space:
        yield raw, so_far
        return
    first, *rest = space
    if not first.active(so_far):
        yield from _product(rest, values, raw, so_far)
        return
    if first.path in so_far:
        raise InputError(f"space.{first.path}: two of its ways hold at {so_far}")
    for value in values(first):
        point = so_far | {first.path: first.value(value)}
        yield from _product(rest, values, raw | {first.name: value}, point)


def nested(overrides: Overrides) -> dict[str, Any]:
    """Dotted names as sections; a section's `name` comes first, since it decides its fields."""
    names_first = sorted(
        overrides.items(), key=lambda item: not item[0].endswith((".name", ".net"))
    )
    return merge({}, dict(names_first))


def cell(sweep: Sweep, levels: dict[str, Any], overrides: Overrides, seed: int) -> Cell:
    """The training of a point, named by `levels`; raises InputError where it cannot be."""
    recipe = parse(Recipe, merge(plain(sweep.recipe), nested(overrides)), "space")
    return Cell({kind: str(level) for kind, level in levels.items()}, seed, recipe)


def plain(value: Any) -> Any:
    """A section as nested mappings with every field by its full name, even where it was shortened.

    A masking noise, for instance, may be said by its rate alone.
    """
    if isinstance(value, Section):
        return {name: plain(inner) for name, inner in value}
    return [plain(inner) for inner in value] if isinstance(value, list) else value


def epochs(cell: Cell) -> int:
    """Of a cell's last run: without those of pretraining."""
    return cell.recipe.steps[-1].training.epochs


def corners(space: list[Parameter], end: Literal["low", "high"]) -> Iterator[Overrides]:
    """Every combination of choices, or many, with all ranges at this end."""

    def values(one: Parameter) -> list[Any]:
        return (
            one.spread(2)
            if one.hyperparameter.choices is not None
            else [getattr(one.hyperparameter, end)]
        )

    return (overrides for _, overrides in islice(_product(space, values), CORNERS))


def check(sweep: Sweep, prepared: Prepared, source: str) -> None:
    """Raise InputError for a space with points that cannot be, before the first one is tried.

    Looks at every combination of choices, once with all ranges at their low ends and once at their
    high ones; each kind of model is built with its objective and optimizer. Also raised where the
    selection's metric is none that is measured.
    """
    space = parameters(sweep)
    seen: list[Any] = []
    metrics: set[str] = set()
    for end in ("low", "high"):
        for overrides in corners(space, end):
            try:
                corner = cell(sweep, overrides, overrides, sweep.seed)
            except InputError as error:
                raise InputError(f"{source}: {error}") from None
            training = corner.recipe.training
            kind = [corner.recipe.model, corner.recipe.objective, corner.recipe.pretrain]
            kind += [training.optimizer, training.images]
            if kind not in seen:
                metrics |= metric_names(corner, prepared)
                seen.append(kind)
    if f"test_{sweep.selection.metric}" not in metrics:
        allowed = sorted(one.removeprefix("test_") for one in metrics if one.startswith("test_"))
        raise InputError(
            f"{source}: selection.metric: unknown name '{sweep.selection.metric}'; "
            f"allowed: {', '.join(allowed)}"
        )


def _label(choice: Any) -> Any:
    """Optuna's choices are plain values; others go by their JSON."""
    plain = choice is None or isinstance(choice, bool | int | float | str)
    return choice if plain else json.dumps(choice)


def _several(allowed: Any) -> list[Any]:
    return allowed if isinstance(allowed, list) else [allowed]
