"""The dimensions of a sweep's search space."""

from dataclasses import dataclass
from typing import Any

from aebench.core.errors import InputError
from aebench.sweeps.config import Domain, Sweep
from aebench.sweeps.values import Choices, FloatRange, IntRange

# Dotted name of a hyperparameter -> value: a point's changes to the recipe.
Overrides = dict[str, Any]


@dataclass(frozen=True)
class Dimension:
    """The hyperparameter `path` in one of its domains; `name` is Optuna's name for it."""

    name: str
    path: str
    domain: Domain

    @property
    def values(self) -> Choices | IntRange | FloatRange:
        return self.domain.values

    def active(self, overrides: Overrides) -> bool:
        """Whether its condition holds at the values of the dimensions before it."""
        return all(
            path in overrides and overrides[path] in _as_list(allowed)
            for path, allowed in self.domain.when.items()
        )


def dimensions(sweep: Sweep) -> list[Dimension]:
    """Return the dimensions in the order of the file.

    Raises InputError for a condition on anything but choices of hyperparameters before it.
    """
    result: list[Dimension] = []
    for path, domains in sweep.space.items():
        for domain in domains:
            _check_condition(path, domain, result)
            result.append(Dimension(_name(path, domain, len(domains)), path, domain))
    if len({dimension.name for dimension in result}) < len(result):
        raise InputError("space: a hyperparameter has two domains under the same condition")
    return result


def _check_condition(path: str, domain: Domain, before: list[Dimension]) -> None:
    for other, allowed in domain.when.items():
        choices = [
            choice
            for dimension in before
            if dimension.path == other and dimension.path != path
            for choice in dimension.domain.choices or []
        ]
        for value in _as_list(allowed):
            if value not in choices:
                raise InputError(
                    f"space.{path}: when: '{other}: {value}' is no choice of a hyperparameter "
                    "above it"
                )


def _name(path: str, domain: Domain, domains: int) -> str:
    """The path, and the condition where the hyperparameter has several domains."""
    if domains == 1:
        return path
    values = [value for allowed in domain.when.values() for value in _as_list(allowed)]
    return f"{path} ({', '.join(map(str, values))})"


def _as_list(allowed: Any) -> list[Any]:
    return allowed if isinstance(allowed, list) else [allowed]
