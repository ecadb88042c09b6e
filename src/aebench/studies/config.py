"""A study, as `studies/NAME.yaml` states it: a grid of variants of one recipe, over seeds."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, PositiveFloat, model_validator

from aebench.config.experiment import read_experiment
from aebench.config.params import load_params
from aebench.core.counts import Count, Seed
from aebench.core.errors import MOST, InputError
from aebench.core.nearest import unknown
from aebench.core.overrides import merge
from aebench.core.schema import Distinct, Section, parse
from aebench.experiments.cell import Levels
from aebench.experiments.hyperparameter import Hyperparameter
from aebench.reporting.published import Published

FOLDER = Path("studies")
# Differences of less than this share of a mean are of no use to anybody, if nothing else is said.
LEAST_MARGIN = 0.01
# The axis that `budgets` adds.
BUDGET = "budget"
# Columns of the table, whose names axes must not have.
RESERVED = ("seed", "status", "run", "settings", "trained_on", "tested_on")


class Span(Hyperparameter):
    """A hyperparameter whose range widens where the best value lies at its border.

    It widens no further than `lowest` and `highest`. At these a best value is not at a border:
    nothing lies beyond, or nothing that differs.
    """

    lowest: PositiveFloat | None = None
    highest: PositiveFloat | None = None


class Tune(Section):
    """Each level of `axis` gets `trials` trials over its own `space`, on `seeds` of their own.

    All trials run with the first seed, the best `finalists` with the others, too.
    """

    axis: str
    trials: Count
    seeds: Annotated[Distinct[Seed], Field(min_length=1)]
    finalists: Count = 4
    space: dict[str, dict[str, Span]]


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

    Or, by `expects`, `higher`, the `same`, or `no higher`. `against`: the metric of b, if it is
    another one; then a and b may be the same cells. `within`: axis -> the only levels
    that count. `each`: axes at whose levels it is made separately; over the others it is averaged.
    `margin`: differences within this share of b's mean count as none; below 1 % with a
    `margin_reason`. A training that diverged counts as worse. `lecture`: the sentence is the
    lecture's, not one that follows from it. `exempt`: the reason why sides that lose to PCA can be
    compared. `history`: what was said of it before, and why no longer.
    """

    claim: str
    metric: str
    against: str | None = None
    a: Levels
    b: Levels
    within: dict[str, Distinct[str]] = Field(default_factory=dict)
    each: Distinct[str] = Field(default_factory=list)
    margin: Annotated[float, Field(gt=0, lt=1)] = LEAST_MARGIN
    margin_reason: str | None = None
    expects: Literal["lower", "higher", "same", "no higher"] = "lower"
    lecture: bool = False
    exempt: str | None = None
    history: list[str] = Field(default_factory=list)

    @model_validator(mode="after")
    def _margin_has_a_reason(self) -> Self:
        if self.margin < LEAST_MARGIN and not self.margin_reason:
            raise ValueError(
                f"margin: {self.margin:g} has no margin_reason; allowed: {LEAST_MARGIN:g} or more, "
                "or a reason"
            )
        return self


class Adjustment(Section):
    """Overrides of the recipe at the cells with the levels `where`."""

    where: Levels
    set: dict[str, Any]


class Study(Section):
    """`axes`: name -> level -> overrides of the recipe; cells are the product, over `seeds`.

    `only` limits the product to the places that it names, `leave_out` excludes places. `topic`: the
    part of the lecture under which its claims are gathered. `caveats`: known weaknesses of the
    study, each a sentence.

    `splits`: the data set's own (`given`), or a new one `by seed`, for sets without an official
    test set. `budgets` adds an axis `budget`: level -> the share of the epochs; a claim is judged
    at each, with the settings that were tuned for the first.
    """

    topic: Topic | None = None
    title: str
    question: str
    seeds: Annotated[Distinct[Seed], Field(min_length=1)]
    # Only with a cell's overrides it must be a valid recipe.
    recipe: dict[str, Any]
    axes: Annotated[dict[str, dict[str, dict[str, Any]]], Field(min_length=1)]
    only: Distinct[Levels] = Field(default_factory=list)
    leave_out: Distinct[Levels] = Field(default_factory=list)
    adjust: list[Adjustment] = Field(default_factory=list)
    splits: Literal["given", "by seed"] = "given"
    budgets: dict[str, Annotated[float, Field(gt=0, le=1)]] = Field(default_factory=dict)
    tune: Tune | None = None
    # Validation errors; the table has the gradient evaluations that it takes to reach each.
    targets: Distinct[PositiveFloat] = Field(default_factory=list)
    metric: str = "test_sse_per_image"
    pictures: Distinct[str] = Field(default_factory=list)
    # Metrics in the table of the study's page.
    results: Distinct[str] = Field(default_factory=list)
    published: list[Published] = Field(default_factory=list)
    claims: list[Claim] = Field(default_factory=list)
    caveats: list[str] = Field(default_factory=list)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if mistakes := list(dict.fromkeys(self._mistakes())):
            raise ValueError("; ".join(mistakes[:MOST]))
        return self

    def _mistakes(self) -> Iterator[str]:
        for axis, names in self.axes.items():
            if axis in RESERVED or not names:
                yield f"axes: '{axis}' is not allowed; allowed: another name, and levels"
        for place, levels in self._named_levels():
            yield from self._unknown_axes(levels, place)
            yield from self._unknown_levels(levels, place)
        for i, claim in enumerate(self.claims):
            yield from self._mistakes_of_claim(claim, f"claims.{i}")
        if self.tune:
            yield from self._unknown_axes([self.tune.axis], "tune.axis")
            for seed in self.tune.seeds:
                if seed in self.seeds:
                    yield f"tune.seeds: {seed} is one of seeds; allowed: others, which are fresh"

    def _named_levels(self) -> Iterator[tuple[str, Levels]]:
        """Yield all levels that the file names, with the place where."""
        for i, levels in enumerate(self.only):
            yield f"only.{i}", levels
        for i, levels in enumerate(self.leave_out):
            yield f"leave_out.{i}", levels
        for i, adjustment in enumerate(self.adjust):
            yield f"adjust.{i}.where", adjustment.where
        for i, published in enumerate(self.published):
            yield f"published.{i}.where", published.where
        for i, claim in enumerate(self.claims):
            yield f"claims.{i}.a", claim.a
            yield f"claims.{i}.b", claim.b
            for axis, names in claim.within.items():
                yield from ((f"claims.{i}.within", {axis: name}) for name in names)
        if self.tune:
            for level in self.tune.space:
                yield "tune.space", {self.tune.axis: level}

    def _mistakes_of_claim(self, claim: Claim, place: str) -> Iterator[str]:
        same = claim.a == claim.b and claim.against in (None, claim.metric)
        if not claim.a or claim.a.keys() != claim.b.keys() or same:
            yield f"{place}: a and b are to be levels of the same axes"
        for axis in claim.each:
            if axis in claim.a:
                yield f"{place}.each: '{axis}' is what a and b differ in"
        yield from self._unknown_axes(claim.each, f"{place}.each")

    def _unknown_axes(self, axes: Iterable[str], place: str) -> Iterator[str]:
        for axis in axes:
            if axis not in self.axes:
                which = unknown("axis", axis, self.axes)
                yield f"{place}: {which}; allowed: {', '.join(self.axes)}"

    def _unknown_levels(self, levels: Levels, place: str) -> Iterator[str]:
        for axis, level in levels.items():
            if axis in self.axes and level not in self.axes[axis]:
                which = unknown("level", level, self.axes[axis])
                yield f"{place}: {which}; allowed: {', '.join(self.axes[axis])}"


def names() -> list[str]:
    """The names of the studies in `studies/`."""
    return sorted(
        path.stem for path in FOLDER.glob("*.yaml") if path.name not in ("base.yaml", "dvc.yaml")
    )


def load_study(name: str, dataset: str) -> Study:
    """Read the study `name` for `dataset`: the base, the study's file, its changes for the set.

    Raises InputError, one line, for a mistake in these files.
    """
    if name not in names():
        raise InputError("", unknown("study", name, names()), ", ".join(names()))
    path = FOLDER / f"{name}.yaml"
    raw, changes = read_experiment(path, dataset)
    whole = merge(_as_text(raw), _as_text(changes), names="tune.space.*")
    study = parse(Study, _with_budgets(whole), str(path))
    if study.splits != "given":
        _check_splits(dataset, f"{path}: splits")
    return study


def _with_budgets(whole: dict[str, Any]) -> dict[str, Any]:
    """The study with the axis that `budgets` adds."""
    budgets, axes = whole.get("budgets"), whole.get("axes")
    if not budgets or not isinstance(budgets, dict) or not isinstance(axes, dict):
        return whole
    if BUDGET in axes:
        raise InputError("budgets", f"there is an axis '{BUDGET}', too", "one of them")
    return whole | {"axes": axes | {BUDGET: {str(name): {} for name in budgets}}}


def _check_splits(dataset: str, where: str) -> None:
    source = load_params().sets[dataset]
    if source.test is None:
        raise InputError(where, f"{dataset} has a test set of its own", "given")
    if getattr(source, "group", None):
        raise InputError(where, f"{dataset} has groups, which stay together", "given")


def _as_text(raw: dict[str, Any]) -> dict[str, Any]:
    """Turn levels such as `depth: 4` into text, since they are names."""
    text = dict(raw)
    if "axes" in raw:
        text["axes"] = _texts(
            raw["axes"], "axes", lambda levels: _texts(levels, "axes", lambda over: over or {})
        )
    tune = raw.get("tune")
    if isinstance(tune, dict) and "space" in tune:
        text["tune"] = tune | {"space": _texts(tune["space"], "tune.space", lambda space: space)}
    for name, inner in {
        "only": _names,
        "leave_out": _names,
        "adjust": lambda entry: entry | {"where": _names(entry.get("where"))},
        "published": lambda entry: entry | {"where": _names(entry.get("where", {}))},
        "claims": lambda claim: {key: _names(value) for key, value in claim.items()},
    }.items():
        if isinstance(raw.get(name), list):
            text[name] = [inner(e) if isinstance(e, dict) else e for e in raw[name]]
    return text


def _texts(mapping: Any, where: str, inner: Callable[[Any], Any]) -> Any:
    """A mapping with its keys as text; any other value as it is, for validation to refuse."""
    if not isinstance(mapping, dict):
        return mapping
    texts = {str(key): inner(value) for key, value in mapping.items()}
    if len(texts) < len(mapping):
        twice, _ = Counter(map(str, mapping)).most_common(1)[0]
        raise InputError(where, f"'{twice}' is there twice, as text and as another value")
    return texts


def _names(levels: Any) -> Any:
    """Axis -> level, or axis -> levels, as text; any other value as it is."""
    if not isinstance(levels, dict):
        return levels
    return {
        str(axis): [str(name) for name in level] if isinstance(level, list) else str(level)
        for axis, level in levels.items()
    }
