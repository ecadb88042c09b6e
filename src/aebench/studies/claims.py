"""Claims, tested: paired differences over seeds, their 95 % interval, a verdict."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import chain, product
from statistics import mean
from typing import Any

from aebench.experiments.cell import Levels, format_levels
from aebench.experiments.outcome import FAILED_STATUSES
from aebench.metrics.interval import confidence_interval
from aebench.reporting import glossary
from aebench.reporting.numbers import PAIRS
from aebench.studies.config import Claim, Study
from aebench.studies.grid import variants
from aebench.studies.table import Row

SUPPORTED, REFUTED, INCONCLUSIVE = "supported", "refuted", "inconclusive"
SAME = "no difference"


@dataclass(frozen=True)
class Case:
    """One place where a claim is asked: the mean of a - b over paired seeds, and its interval.

    `a`, `b`: the means of both sides over these pairs; `diverged_a`, `diverged_b`: seeds that have
    no value there, since a training diverged; `failed`: trainings that came to nothing at all.
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


def judge(study: Study, rows: list[Row]) -> list[dict[str, Any]]:
    """An object for each claim that is asked, as `claims.json` holds them."""
    return [_judge(study, claim, rows) for claim in asked(study)]


def asked(study: Study) -> list[Claim]:
    """Its claims, without those to whose sides `only` or `leave_out` have left no place."""
    there = variants(study)
    return [claim for claim in study.claims if any(_sides(study, claim, there, {}))]


def _judge(study: Study, claim: Claim, rows: list[Row]) -> dict[str, Any]:
    places = (study.axes[axis] for axis in claim.each)
    wheres = [dict(zip(claim.each, names, strict=True)) for names in product(*places)]
    cases = [case for where in wheres if (case := _case(study, claim, rows, where))]
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
        "verdict": _together(claim, cases, overall),
        "cases": [asdict(case) for case in cases],
        "margin": claim.margin,
        "evidence": ["runs.csv", f"{picture(study, claim.metric)}.png", *runs],
    }


def picture(study: Study, metric: str) -> str:
    """The name of the picture that compares a metric."""
    return "comparison" if metric == study.metric else f"comparison-{metric}"


def _case(study: Study, claim: Claim, rows: list[Row], where: Levels) -> Case | None:
    """None where a side has no cell there."""
    sides = _sides(study, claim, rows, where)
    if not any(sides):
        return None
    a, b = (
        _by_seed(side, metric)
        for side, metric in zip(sides, (claim.metric, claim.against or claim.metric), strict=True)
    )
    lost_a, lost_b = (sum(value is None for value in side.values()) for side in (a, b))
    failed = sum(row["status"] in FAILED_STATUSES for side in sides for row in side)
    pairs = [
        (a[seed], b[seed])
        for seed in a.keys() & b.keys()
        if a[seed] is not None and b[seed] is not None
    ]
    differences = [one - other for one, other in pairs]
    interval = confidence_interval(differences)
    mean_b = mean(other for _, other in pairs) if pairs else None
    margin = claim.margin * abs(mean_b or 0)
    found = _found(claim, interval, margin, lost_a, lost_b, len(pairs))
    return Case(
        where=where,
        a=mean(one for one, _ in pairs) if pairs else None,
        b=mean_b,
        effect=mean(differences) if differences else None,
        interval=interval,
        seeds=len(pairs),
        diverged_a=lost_a,
        diverged_b=lost_b,
        failed=failed,
        verdict=INCONCLUSIVE if failed else VERDICTS[claim.expects][found],
    )


def _sides(
    study: Study, claim: Claim, rows: Sequence[Row], where: Levels
) -> tuple[list[Row], list[Row]]:
    """What is compared there: rows of a and of b where the other axes are as on the other side."""
    rows = [
        row for row in rows if all(row[axis] in allowed for axis, allowed in claim.within.items())
    ]
    others = [axis for axis in study.axes if axis not in claim.a and axis not in claim.b]
    sides = []
    for levels in (claim.a, claim.b):
        there: dict[tuple[str, ...], list[Row]] = {}
        for row in rows:
            if (where | levels).items() <= row.items():
                there.setdefault(tuple(row[axis] for axis in others), []).append(row)
        sides.append(there)
    a, b = sides
    return tuple(
        [row for place in side if place in a and place in b for row in side[place]]
        for side in sides
    )


def _by_seed(rows: list[Row], metric: str) -> dict[int, float | None]:
    """The metric, averaged over a seed's rows; None where one of them has no value."""
    values: dict[int, list[float | None]] = {}
    for row in rows:
        value = row.get(metric, "")
        number = None if value == "" or not math.isfinite(float(value)) else float(value)
        values.setdefault(row["seed"], []).append(number)
    return {seed: None if None in some else mean(some) for seed, some in values.items()}


def _found(
    claim: Claim,
    interval: tuple[float, float] | None,
    margin: float,
    lost_a: int,
    lost_b: int,
    pairs: int,
) -> str:
    """`lower`, `higher` or `same`, as a is to b; `open` where that cannot be told."""
    better, worse = ("higher", "lower") if _rises(claim) else ("lower", "higher")
    lost = max(lost_a, lost_b)
    # A side that mostly diverged has lost to one that never did.
    if lost > pairs and min(lost_a, lost_b) == 0 and lost + pairs >= PAIRS:
        return better if lost_b else worse
    if interval is None or pairs < PAIRS:
        return "open"
    low, high = interval
    effect = (low + high) / 2
    if -margin <= low and high <= margin:
        found = "same"
    elif claim.expects == "no higher" and (high <= margin or low > margin):
        found = "lower" if high <= margin else "higher"
    elif claim.expects != "no higher" and low * high > 0 and abs(effect) > margin:
        found = "lower" if effect < 0 else "higher"
    else:
        return "open"
    # What the survivors of a side show is in its favour: it cannot be held against the other one.
    if (lost_a > lost_b and found != worse) or (lost_b > lost_a and found != better):
        return "open"
    return found


def _rises(claim: Claim) -> bool:
    """Whether more is better: by the metric, or where that says nothing, what is expected."""
    direction = glossary.better(claim.metric)
    return direction == "higher" if direction else claim.expects == "higher"


# What is expected -> what is found -> the verdict.
VERDICTS = {
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


def _together(claim: Claim, cases: list[Case], overall: Case | None) -> str:
    """The one verdict of all cases that have one; where they disagree, what it depends on.

    Cases without a verdict disagree with nothing, but then the mean over all must have the same.
    """
    decided = {case.verdict for case in cases} - {INCONCLUSIVE}
    if len(decided) < 2:
        return overall.verdict if overall and overall.verdict in decided else INCONCLUSIVE
    # One axis, if its levels alone settle the verdict; else all of them.
    for axis in claim.each:
        by_level: dict[str, set[str]] = {}
        for case in cases:
            if case.verdict != INCONCLUSIVE:
                by_level.setdefault(case.where[axis], set()).add(case.verdict)
        if all(len(some) == 1 for some in by_level.values()):
            return f"depends (on {axis})"
    return f"depends (on {', '.join(claim.each)})"


def _budget(study: Study, claim: Claim, sides: tuple[list[Row], list[Row]]) -> str:
    """Gradient evaluations of a training on either side, and trials of the tuning before it."""
    spans = [
        _span({row["evaluations"] for row in side if row.get("evaluations")}) for side in sides
    ]
    text = f"{spans[0]} gradient evaluations"
    text += " on either side" if spans[0] == spans[1] else f" against {spans[1]}"
    if study.tune and study.tune.axis in claim.a:
        first, second = (
            study.tune.trials if levels[study.tune.axis] in study.tune.space else 0
            for levels in (claim.a, claim.b)
        )
        text += f", after {first} trials" + (" each" if first == second else f" against {second}")
    return text


def _span(counts: set[int]) -> str:
    # Nothing is trained for a baseline.
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
