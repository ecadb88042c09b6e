"""Claims, tested: paired differences over seeds, their 95 % interval, a verdict."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import chain, product
from statistics import mean
from typing import Any, Literal

from aebench.core.files import Row
from aebench.core.paths import file_name
from aebench.experiments.cell import Levels, format_levels
from aebench.experiments.outcome import FAILED_STATUSES
from aebench.metrics.interval import confidence_interval
from aebench.reporting import glossary
from aebench.reporting.numbers import PAIRS
from aebench.studies.config import Claim, Study
from aebench.studies.grid import variants

SUPPORTED, REFUTED, INCONCLUSIVE = "supported", "refuted", "inconclusive"
SAME = "no difference"


@dataclass(frozen=True)
class Case:
    """A claim at a place of the grid: the mean of a - b over paired seeds, and its interval.

    `a`, `b`: the means of both sides over these pairs; `diverged_a`, `diverged_b`: seeds without a
    value, since a training diverged; `failed`: trainings that failed for reasons of their own.
    """

    where: Levels
    a: float | None
    b: float | None
    effect: float | None
    interval: tuple[float, float] | None
    seeds: int
    diverged_a: int
    diverged_b: int
    failed: int
    verdict: str


@dataclass(frozen=True)
class Sides:
    """The rows that a claim compares."""

    a: list[Row]
    b: list[Row]

    def __bool__(self) -> bool:
        return bool(self.a or self.b)

    def __iter__(self) -> Iterator[list[Row]]:
        return iter((self.a, self.b))


def judge(study: Study, rows: list[Row]) -> list[dict[str, Any]]:
    """The entries of `claims.json`: one for each claim that is asked, with its verdict."""
    return [_judge(study, claim, rows) for claim in asked(study)]


def asked(study: Study) -> list[Claim]:
    """The study's claims, without those whose cells `only` or `leave_out` exclude."""
    grid = variants(study)
    return [claim for claim in study.claims if _sides(study, claim, grid, {})]


def _judge(study: Study, claim: Claim, rows: list[Row]) -> dict[str, Any]:
    levels = (study.axes[axis] for axis in claim.each)
    places = [dict(zip(claim.each, names, strict=True)) for names in product(*levels)]
    cases = [case for place in places if (case := _case(study, claim, rows, place))]
    overall = _case(study, claim, rows, {})
    sides = _sides(study, claim, rows, {})
    runs = dict.fromkeys(row["run"] for row in chain(*sides) if row.get("run"))
    return {
        "claim": claim.claim,
        "lecture": claim.lecture,
        "metrics": [claim.metric, *([claim.against] if claim.against else [])],
        "comparison": _comparison(claim),
        "expects": claim.expects,
        "effect": overall.effect if overall else None,
        "interval": overall.interval if overall else None,
        "seeds": overall.seeds if overall else 0,
        "budget": _budget(study, claim, sides),
        "verdict": _overall_verdict(claim, cases, overall),
        "cases": [asdict(case) for case in cases],
        "margin": claim.margin,
        "evidence": ["runs.csv", f"{picture(study, claim.metric)}.png", *runs],
    }


def picture(study: Study, metric: str) -> str:
    """The name of the picture that compares a metric."""
    return "comparison" if metric == study.metric else f"comparison-{file_name(metric)}"


def _case(study: Study, claim: Claim, rows: list[Row], place: Levels) -> Case | None:
    """The claim at `place`; None if the sides have no cells there."""
    sides = _sides(study, claim, rows, place)
    if not sides:
        return None
    a = _by_seed(sides.a, claim.metric)
    b = _by_seed(sides.b, claim.against or claim.metric)
    pairs = [
        (value, other)
        for seed in a.keys() & b.keys()
        if (value := a[seed]) is not None and (other := b[seed]) is not None
    ]
    differences = [value - other for value, other in pairs]
    interval = confidence_interval(differences)
    mean_b = mean(other for _, other in pairs) if pairs else None
    diverged_a, diverged_b = (list(side.values()).count(None) for side in (a, b))
    failed = sum(row["status"] in FAILED_STATUSES for row in chain(*sides))
    difference = _difference(
        claim, interval, claim.margin * abs(mean_b or 0), diverged_a, diverged_b, len(pairs)
    )
    return Case(
        where=place,
        a=mean(value for value, _ in pairs) if pairs else None,
        b=mean_b,
        effect=mean(differences) if differences else None,
        interval=interval,
        seeds=len(pairs),
        diverged_a=diverged_a,
        diverged_b=diverged_b,
        failed=failed,
        verdict=INCONCLUSIVE if failed else VERDICTS[claim.expects][difference],
    )


def _sides(study: Study, claim: Claim, rows: Sequence[Row], place: Levels) -> Sides:
    """The rows of both sides at `place` whose other axes have levels that both sides have."""
    others = [axis for axis in study.axes if axis not in claim.a and axis not in claim.b]

    def by_others(side: Levels) -> dict[tuple[str, ...], list[Row]]:
        groups: dict[tuple[str, ...], list[Row]] = {}
        for row in rows:
            within = all(row[axis] in allowed for axis, allowed in claim.within.items())
            if within and (place | side).items() <= row.items():
                groups.setdefault(tuple(row[axis] for axis in others), []).append(row)
        return groups

    a, b = by_others(claim.a), by_others(claim.b)
    return Sides(
        [row for levels, group in a.items() if levels in b for row in group],
        [row for levels, group in b.items() if levels in a for row in group],
    )


def _by_seed(rows: list[Row], metric: str) -> dict[int, float | None]:
    """The metric, averaged over a seed's rows; None if a row has no finite value."""
    values: dict[int, list[float]] = {}
    for row in rows:
        value = row.get(metric, "")
        number = math.nan if value == "" else float(value)
        values.setdefault(row["seed"], []).append(number)
    return {
        seed: mean(numbers) if all(map(math.isfinite, numbers)) else None
        for seed, numbers in values.items()
    }


Difference = Literal["lower", "higher", "same", "open"]


def _difference(
    claim: Claim,
    interval: tuple[float, float] | None,
    margin: float,
    diverged_a: int,
    diverged_b: int,
    pairs: int,
) -> Difference:
    """Whether a is `lower` or `higher` than b or the `same`; `open` if that cannot be told."""
    better: Difference = "higher" if _higher_is_better(claim) else "lower"
    worse: Difference = "lower" if better == "higher" else "higher"
    most, least = max(diverged_a, diverged_b), min(diverged_a, diverged_b)
    # A side that mostly diverged has lost to one that never did.
    if most > pairs and least == 0 and most + pairs >= PAIRS:
        return better if diverged_b else worse
    if interval is None or pairs < PAIRS:
        return "open"
    difference = _of_interval(claim, interval, margin)
    # The surviving seeds of a side favour it, so they can only be held against that side.
    if (diverged_a > diverged_b and difference != worse) or (
        diverged_b > diverged_a and difference != better
    ):
        return "open"
    return difference


def _of_interval(claim: Claim, interval: tuple[float, float], margin: float) -> Difference:
    """What an interval of a - b says, given that differences within `margin` count as none."""
    low, high = interval
    if -margin <= low and high <= margin:
        return "same"
    if claim.expects == "no higher":
        if high <= margin:
            return "lower"
        return "higher" if low > margin else "open"
    effect = (low + high) / 2
    if low * high > 0 and abs(effect) > margin:
        return "lower" if effect < 0 else "higher"
    return "open"


def _higher_is_better(claim: Claim) -> bool:
    """By the metric, or, for a metric without a direction, by what is expected."""
    direction = glossary.better(claim.metric)
    return direction == "higher" if direction else claim.expects == "higher"


# Expected -> found -> verdict.
VERDICTS: dict[str, dict[Difference, str]] = {
    "lower": {"lower": SUPPORTED, "higher": REFUTED, "same": SAME, "open": INCONCLUSIVE},
    "higher": {"lower": REFUTED, "higher": SUPPORTED, "same": SAME, "open": INCONCLUSIVE},
    "same": {"lower": REFUTED, "higher": REFUTED, "same": SUPPORTED, "open": INCONCLUSIVE},
    "no higher": {
        "lower": SUPPORTED,
        "higher": REFUTED,
        "same": SUPPORTED,
        "open": INCONCLUSIVE,
    },
}


def _overall_verdict(claim: Claim, cases: list[Case], overall: Case | None) -> str:
    """The verdict of all cases that have one; if they disagree, on which axes it depends.

    Inconclusive cases disagree with nothing, but then the mean over all must have that verdict.
    """
    decided = [case for case in cases if case.verdict != INCONCLUSIVE]
    verdicts = {case.verdict for case in decided}
    if len(verdicts) < 2:
        return overall.verdict if overall and overall.verdict in verdicts else INCONCLUSIVE
    # A single axis, if its levels alone settle the verdict.
    for axis in claim.each:
        pairs = {(case.where[axis], case.verdict) for case in decided}
        if len(pairs) == len({level for level, _ in pairs}):
            return f"depends (on {axis})"
    return f"depends (on {', '.join(claim.each)})"


def _budget(study: Study, claim: Claim, sides: Sides) -> str:
    """The gradient evaluations of a training on either side, and the trials of its tuning."""
    spans = [
        _span({row["evaluations"] for row in side if row.get("evaluations")}) for side in sides
    ]
    text = f"{spans[0]} gradient evaluations"
    text += " on either side" if spans[0] == spans[1] else f" against {spans[1]}"
    tune = study.tune
    if tune and tune.axis in claim.a:
        first, second = (
            tune.trials if side[tune.axis] in tune.space else 0 for side in (claim.a, claim.b)
        )
        text += f", after {first} trials" + (" each" if first == second else f" against {second}")
    return text


def _span(counts: set[int]) -> str:
    """The range of the counts; 0 without any, since nothing is trained for a baseline."""
    if not counts:
        return "0"
    low, high = min(counts), max(counts)
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def _comparison(claim: Claim) -> str:
    other = f"{claim.against} of " if claim.against else ""
    text = f"{claim.metric}: {format_levels(claim.a)} against {other}{format_levels(claim.b)}"
    if claim.within:
        places = ", ".join(f"{axis} {' or '.join(names)}" for axis, names in claim.within.items())
        text += f", where {places}"
    return text
