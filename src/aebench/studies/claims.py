"""Claims, tested: paired differences over seeds, their 95 % interval, a verdict."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import chain, product
from math import isfinite, nan
from statistics import mean
from typing import Any

from aebench.core.files import Row
from aebench.core.paths import file_name
from aebench.experiments.cell import Levels, format_levels
from aebench.experiments.outcome import FAILED_STATUSES
from aebench.studies import tuning_table
from aebench.studies.config import BUDGET, Claim, Study
from aebench.studies.floor import beats_pca, is_reconstruction
from aebench.studies.grid import variants
from aebench.studies.reached import is_to_a_target
from aebench.studies.verdicts import (
    INCONCLUSIVE,
    NOT_MEANINGFUL,
    NOT_REACHABLE,
    VERDICTS,
    Pairs,
    difference,
)

UNDECIDED = (INCONCLUSIVE, NOT_MEANINGFUL, NOT_REACHABLE)


@dataclass(frozen=True)
class Case:
    """A claim at a place of the grid: the mean of a - b over paired seeds, and its interval.

    `a`, `b`: the means of both sides over these pairs; `diverged_a`, `diverged_b`: seeds without a
    value, since a training diverged; `failed`: trainings that failed for reasons of their own.
    `beats_pca`: whether both sides do, on validation images; None of what is no reconstruction.
    `p`: of the test that the verdict rests on.
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
    beats_pca: bool | None
    p: float | None
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


def judge(study: Study, rows: list[Row], tuning: Sequence[Row] = ()) -> list[dict[str, Any]]:
    """The entries of `claims.json`: one for each claim that is asked, with its verdict.

    `tuning`: the rows of `tuning.csv`, if the study tunes.
    """
    return [_judge(study, claim, rows, tuning) for claim in asked(study)]


def asked(study: Study) -> list[Claim]:
    """The study's claims, without those whose cells `only` or `leave_out` exclude."""
    grid = variants(study)
    return [claim for claim in study.claims if _sides(study, claim, grid, {})]


def _judge(study: Study, claim: Claim, rows: list[Row], tuning: Sequence[Row]) -> dict[str, Any]:
    each = _each(study, claim)
    places = [
        dict(zip(each, names, strict=True))
        for names in product(*(study.axes[axis] for axis in each))
    ]
    cases = [case for place in places if (case := _case(study, claim, rows, place))]
    compared = [case.where for case in cases if not case.verdict.startswith(NOT_MEANINGFUL)]
    # Where both lose to PCA, a place says nothing of the others.
    meaningful = [row for row in rows if any(place.items() <= row.items() for place in compared)]
    overall = _case(study, claim, meaningful or rows, {})
    axis = study.tune.axis if study.tune else ""
    open_levels = tuning_table.at_border(tuning, axis)
    border = any(side.get(axis) in open_levels for side in (claim.a, claim.b))
    if border:
        cases = [replace(case, verdict=_undecided(case.verdict)) for case in cases]
    sides = _sides(study, claim, rows, {})
    runs = dict.fromkeys(row["run"] for row in chain(*sides) if row.get("run"))
    verdict = _overall_verdict(each, cases, overall)
    return {
        "claim": claim.claim,
        "lecture": claim.lecture,
        "metrics": [claim.metric, *([claim.against] if claim.against else [])],
        "comparison": _comparison(claim),
        "expects": claim.expects,
        "effect": overall.effect if overall else None,
        "interval": overall.interval if overall else None,
        "p": _p(verdict, cases, overall),
        "seeds": overall.seeds if overall else 0,
        "budget": _budget(study, claim, sides, tuning_table.rounds(tuning)),
        "verdict": verdict,
        "beats_pca": overall.beats_pca if overall else None,
        "at_border": border,
        "exempt": claim.exempt,
        "cases": [asdict(case) for case in cases],
        "margin": claim.margin,
        "margin_reason": claim.margin_reason,
        "history": claim.history,
        "evidence": ["runs.csv", f"{picture(study, claim.metric)}.png", *runs],
    }


def picture(study: Study, metric: str) -> str:
    """The name of the picture that compares a metric."""
    return "comparison" if metric == study.metric else f"comparison-{file_name(metric)}"


def _each(study: Study, claim: Claim) -> list[str]:
    """The axes at whose levels a claim is made separately: budgets always are."""
    asks = study.budgets and BUDGET not in claim.a and BUDGET not in claim.within
    return list(dict.fromkeys([*claim.each, *([BUDGET] if asks else [])]))


def _case(study: Study, claim: Claim, rows: list[Row], place: Levels) -> Case | None:
    """The claim at `place`; None if the sides have no cells there."""
    sides = _sides(study, claim, rows, place)
    if not sides:
        return None
    metrics = (claim.metric, claim.against or claim.metric)
    a, b = (_by_seed(side, metric) for side, metric in zip(sides, metrics, strict=True))
    pairs = [
        (value, other)
        for seed in a.keys() & b.keys()
        if (value := a[seed]) is not None and (other := b[seed]) is not None
    ]
    mean_b = mean(other for _, other in pairs) if pairs else None
    found = Pairs(
        pairs,
        margin=claim.margin * abs(mean_b or 0),
        test_share=_test_share(sides),
        diverged_a=list(a.values()).count(None),
        diverged_b=list(b.values()).count(None),
    )
    failed = sum(row["status"] in FAILED_STATUSES for row in chain(*sides))
    which, p = difference(claim, found)
    floor = [beats_pca(side) for side in sides] if is_reconstruction(claim.metric) else []
    verdict = INCONCLUSIVE if failed else VERDICTS[claim.expects][which]
    if any(map(_never_there, sides, metrics)):
        verdict, p = NOT_REACHABLE, None
    losers = floor.count(False)
    if losers and not claim.exempt:
        verdict = f"{NOT_MEANINGFUL}: {'both lose' if losers == 2 else 'one side loses'} to PCA"
    return Case(
        where=place,
        a=mean(value for value, _ in pairs) if pairs else None,
        b=mean_b,
        effect=mean(found.differences) if pairs else None,
        interval=found.interval,
        seeds=len(pairs),
        diverged_a=found.diverged_a,
        diverged_b=found.diverged_b,
        failed=failed,
        beats_pca=None if None in floor or not floor else not losers,
        p=p,
        verdict=verdict,
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
        number = nan if value == "" else float(value)
        values.setdefault(row["seed"], []).append(number)
    return {
        seed: mean(numbers) if all(map(isfinite, numbers)) else None
        for seed, numbers in values.items()
    }


def _never_there(side: list[Row], metric: str) -> bool:
    """Whether the side has no value though nothing went wrong.

    An error that a training has not come down to is no such case: that is what went wrong.
    """
    missing = all(row["status"] == "ok" and row.get(metric, "") == "" for row in side)
    return missing and not is_to_a_target(metric)


def _test_share(sides: Sides) -> float:
    """The greatest share of test images by training images on either side."""
    rows = [row for row in chain(*sides) if row.get("trained_on")]
    return max((row["tested_on"] / row["trained_on"] for row in rows), default=0.0)


def _overall_verdict(each: Sequence[str], cases: list[Case], overall: Case | None) -> str:
    """The verdict of all cases that have one; if they disagree, on which axes it depends.

    Undecided cases disagree with nothing, but then the mean over all that are meaningful must have
    that verdict.
    """
    decided = [case for case in cases if _decided(case.verdict)]
    verdicts = {case.verdict for case in decided}
    if not verdicts:
        kinds = {case.verdict for case in cases}
        if len(kinds) == 1:
            return kinds.pop()
        if all(kind.startswith(NOT_MEANINGFUL) for kind in kinds):
            return f"{NOT_MEANINGFUL}: a side loses to PCA"
        return INCONCLUSIVE
    if len(verdicts) == 1:
        return overall.verdict if overall and overall.verdict in verdicts else INCONCLUSIVE
    # A single axis, if its levels alone settle the verdict.
    for axis in each:
        pairs = {(case.where[axis], case.verdict) for case in decided}
        if len(pairs) == len({level for level, _ in pairs}):
            return f"depends (on {axis})"
    return f"depends (on {', '.join(each)})"


def _decided(verdict: str) -> bool:
    return not verdict.startswith(UNDECIDED)


def _undecided(verdict: str) -> str:
    return INCONCLUSIVE if _decided(verdict) else verdict


def _p(verdict: str, cases: list[Case], overall: Case | None) -> float | None:
    """The p of the mean over all places, or, where they disagree, the greatest of those decided."""
    if verdict.startswith("depends"):
        return max((case.p for case in cases if _decided(case.verdict) and case.p), default=None)
    return overall.p if overall else None


def _budget(study: Study, claim: Claim, sides: Sides, rounds: int) -> str:
    """The gradient evaluations of a training on either side, and the trials of its tuning.

    `rounds`: in which these trials ran, each in wider spaces than the one before.
    """
    spans = [
        _span({row["evaluations"] for row in side if row.get("evaluations")}) for side in sides
    ]
    text = f"{spans[0]} gradient evaluations"
    text += " on either side" if spans[0] == spans[1] else f" against {spans[1]}"
    tune = study.tune
    if tune and tune.axis in claim.a:
        first, second = (
            rounds * tune.trials if side[tune.axis] in tune.space else 0
            for side in (claim.a, claim.b)
        )
        text += f", after {first} trials" + (" each" if first == second else f" against {second}")
        text += f" in {rounds} rounds" if rounds > 1 else ""
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
