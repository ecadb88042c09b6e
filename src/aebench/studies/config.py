"""A study, as `studies/NAME.yaml` states it: a grid of variants of one recipe, over seeds."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, NonNegativeInt, PositiveFloat, PositiveInt, model_validator

from aebench.config.experiment import read_experiment
from aebench.core.errors import InputError
from aebench.core.overrides import merge
from aebench.core.schema import Section, parse
from aebench.experiments.cell import Levels
from aebench.experiments.hyperparameter import Hyperparameter
from aebench.studies.published import Published

FOLDER = Path("studies")
# Columns of the table that axes must not be called like.
RESERVED = ("seed", "status", "run")


class Tune(Section):
    """Tune each level of `axis`: as many trials each, over its hyperparameters, on other seeds."""

    axis: str
    trials: PositiveInt
    seeds: Annotated[list[NonNegativeInt], Field(min_length=1)]
    space: dict[str, dict[str, Hyperparameter]]


Topic = Literal[
    "Architectures",
    "What makes training hard",
    "What helps against overfitting",
    "Gradient descent",
    "Autoencoders, layer by layer",
    "Uses",
    "Variational autoencoders",
]


class Claim(Section):
    """A sentence, and the comparison that tests it: is `metric` lower with `a` than with `b`?

    Or, by `expects`, `higher`, the `same`, or `no higher`. `against`: what is measured of b
    instead, which then may be the same cells as a. `each`: axes at whose levels it is asked
    separately; over all others it is averaged. `margin`: differences within this share of b's mean
    count as none. A training that diverged counts as worse: as a high value, or a low one of a
    metric that is better the higher. `lecture`: the sentence is the lecture's, not one that follows
    from it.
    """

    claim: str
    metric: str
    against: str | None = None
    a: Levels
    b: Levels
    within: dict[str, list[str]] = Field(default_factory=dict)
    each: list[str] = Field(default_factory=list)
    margin: Annotated[float, Field(ge=0, lt=1)] = 0.0
    expects: Literal["lower", "higher", "same", "no higher"] = "lower"
    lecture: bool = False


class Adjustment(Section):
    """What else is set where the grid has these levels."""

    where: Levels
    set: dict[str, Any]


class Study(Section):
    """`axes`: name -> level -> overrides of the recipe; cells are the product, over `seeds`.

    Of the product only those places that `only` names, if it names any, without `leave_out`.
    `topic`: the part of the lecture under which its claims are gathered. `caveats`: known
    weaknesses of the study, each a sentence.
    """

    topic: Topic | None = None
    title: str
    question: str
    seeds: Annotated[list[NonNegativeInt], Field(min_length=1)]
    # What is laid over it gives recipes; it need not be one by itself.
    recipe: dict[str, Any]
    axes: Annotated[dict[str, dict[str, dict[str, Any]]], Field(min_length=1)]
    only: list[Levels] = Field(default_factory=list)
    leave_out: list[Levels] = Field(default_factory=list)
    adjust: list[Adjustment] = Field(default_factory=list)
    tune: Tune | None = None
    # Validation errors; how many gradient evaluations it takes to reach them is noted.
    targets: list[PositiveFloat] = Field(default_factory=list)
    metric: str = "test_sse_per_image"
    pictures: list[str] = Field(default_factory=list)
    # Metrics in the table of `results.md`; without any there is none.
    results: list[str] = Field(default_factory=list)
    published: list[Published] = Field(default_factory=list)
    claims: list[Claim] = Field(default_factory=list)
    caveats: list[str] = Field(default_factory=list)

    @model_validator(mode="after")
    def _known_levels(self):
        if len(set(self.seeds)) < len(self.seeds):
            raise ValueError(f"seeds: {self.seeds} has a seed twice")
        for axis, levels in self.axes.items():
            if axis in RESERVED or not levels:
                raise ValueError(
                    f"axes: '{axis}' is not allowed; allowed: another name, and levels"
                )
        for place in ("only", "leave_out"):
            for i, levels in enumerate(getattr(self, place)):
                self._check(levels, f"{place}.{i}")
        for i, adjustment in enumerate(self.adjust):
            self._check(adjustment.where, f"adjust.{i}.where")
        for i, one in enumerate(self.published):
            self._check(one.where, f"published.{i}.where")
        for i, claim in enumerate(self.claims):
            for place in ("a", "b"):
                self._check(getattr(claim, place), f"claims.{i}.{place}")
            one_side = claim.a == claim.b and claim.against in (None, claim.metric)
            if not claim.a or claim.a.keys() != claim.b.keys() or one_side:
                raise ValueError(f"claims.{i}: a and b are to be levels of the same axes")
            for axis in claim.each:
                if axis in claim.a:
                    raise ValueError(f"claims.{i}.each: '{axis}' is what a and b differ in")
            self._check({axis: "" for axis in claim.each}, f"claims.{i}.each")
            for axis, names in claim.within.items():
                for name in names:
                    self._check({axis: name}, f"claims.{i}.within")
        if self.tune:
            self._check({self.tune.axis: ""}, "tune.axis")
            for seed in self.tune.seeds:
                if seed in self.seeds:
                    raise ValueError(
                        f"tune.seeds: {seed} is one of seeds; allowed: others, which are fresh"
                    )
            for level in self.tune.space:
                self._check({self.tune.axis: level}, "tune.space")
        return self

    def _check(self, levels: Levels, place: str) -> None:
        for axis, level in levels.items():
            if axis not in self.axes:
                raise ValueError(f"{place}: unknown axis '{axis}'; allowed: {', '.join(self.axes)}")
            if level and level not in self.axes[axis]:
                raise ValueError(
                    f"{place}: unknown level '{level}'; allowed: {', '.join(self.axes[axis])}"
                )


def names() -> list[str]:
    """The studies there are."""
    return sorted(
        path.stem for path in FOLDER.glob("*.yaml") if path.name not in ("base.yaml", "dvc.yaml")
    )


def load_study(name: str, dataset: str) -> Study:
    """The study `name` as it is done on `dataset`: the base, the study's recipe, the set's changes.

    Raises InputError, one line, for whatever in the files is wrong.
    """
    if name not in names():
        raise InputError(f"unknown study '{name}'; allowed: {', '.join(names())}")
    path = FOLDER / f"{name}.yaml"
    raw, changes = read_experiment(path, dataset)
    whole = merge(_as_text(raw), _as_text(changes), names="tune.space.*")
    return parse(Study, whole, str(path))


def _as_text(raw: dict[str, Any]) -> dict[str, Any]:
    """Levels like `depth: 4` are names, whatever YAML takes them for."""
    text = dict(raw)
    if "axes" in raw:
        text["axes"] = _texts(raw["axes"], lambda levels: _texts(levels, lambda over: over or {}))
    for name, inner in {
        "only": _names,
        "leave_out": _names,
        "adjust": lambda one: one | {"where": _names(one.get("where"))},
        "published": lambda one: one | {"where": _names(one.get("where", {}))},
        "claims": lambda one: {key: _names(part) for key, part in one.items()},
    }.items():
        if isinstance(raw.get(name), list):
            text[name] = [inner(one) if isinstance(one, dict) else one for one in raw[name]]
    return text


def _texts(mapping: Any, inner: Callable[[Any], Any]) -> Any:
    """Keys as text; what is no mapping is left for the validation to complain of."""
    if not isinstance(mapping, dict):
        return mapping
    return {str(key): inner(value) for key, value in mapping.items()}


def _names(levels: Any) -> Any:
    """Axis -> level, or axis -> levels, as text; anything else as it is."""
    if not isinstance(levels, dict):
        return levels
    return {
        str(axis): [str(one) for one in level] if isinstance(level, list) else str(level)
        for axis, level in levels.items()
    }
