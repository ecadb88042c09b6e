"""Verdicts: what paired differences say of a claim, and how likely they are by chance."""

from dataclasses import dataclass
from functools import cached_property
from statistics import mean
from typing import Literal

from aebench.metrics.interval import confidence_interval, standard_error
from aebench.reporting import glossary
from aebench.reporting.numbers import PAIRS
from aebench.studies.config import Claim

SUPPORTED, REFUTED, INCONCLUSIVE = "supported", "refuted", "inconclusive"
SAME = "no difference"
NOT_MEANINGFUL = "not meaningful"
# A side has no value at all, though nothing diverged: a codec has no file of so few bits.
NOT_REACHABLE = "not reachable"
# The chance of a verdict where nothing is so.
LEVEL = 0.05

Difference = Literal["lower", "higher", "same", "open"]

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


@dataclass(frozen=True)
class Pairs:
    """Values of both sides, a - b, on the same seeds.

    `margin`: differences within it count as none. `test_share`: see `standard_error`.
    `diverged_a`, `diverged_b`: seeds without a value on a side.
    """

    pairs: list[tuple[float, float]]
    margin: float
    test_share: float
    diverged_a: int
    diverged_b: int

    @cached_property
    def differences(self) -> list[float]:
        return [a - b for a, b in self.pairs]

    @cached_property
    def interval(self) -> tuple[float, float] | None:
        """The 95 % interval of the mean difference."""
        return confidence_interval(self.differences, self.test_share)

    def chance_below(self, limit: float) -> float:
        """The chance of a mean as low as this one or lower where the true one is `limit`."""
        return self._chance(mean(self.differences) - limit)

    def chance_beyond(self, limit: float) -> float:
        """The chance of a mean as high as this one or higher where the true one is `limit`."""
        return self._chance(limit - mean(self.differences))

    def _chance(self, distance: float) -> float:
        """The chance of a mean at this signed distance or below, by Student's distribution."""
        from scipy.stats import t

        error = standard_error(self.differences, self.test_share)
        if error == 0:
            return 0.0 if distance < 0 else 1.0
        return float(t.cdf(distance / error, len(self.differences) - 1))

    def chance_of_same(self) -> float:
        """The p of two one-sided tests: that the difference is no smaller than the margin."""
        return max(self.chance_below(self.margin), self.chance_beyond(-self.margin))

    def chance_of_any(self) -> float:
        """The p of the two-sided test that there is no difference."""
        return 2 * min(self.chance_below(0), self.chance_beyond(0))


def difference(claim: Claim, found: Pairs) -> tuple[Difference, float | None]:
    """Whether a is `lower` or `higher` than b or the `same`, or `open` if that cannot be told.

    With the p of the test that says so; None where there are too few seeds for any, or where
    nothing differs between them, so that nothing is left to chance.
    """
    better: Difference = "higher" if _higher_is_better(claim) else "lower"
    worse: Difference = "lower" if better == "higher" else "higher"
    pairs, lost_a, lost_b = len(found.pairs), found.diverged_a, found.diverged_b
    most, least = max(lost_a, lost_b), min(lost_a, lost_b)
    # A side that mostly diverged has lost to one that never did.
    if most > pairs and least == 0 and most + pairs >= PAIRS:
        return (better if lost_b else worse), _chance_of_divergence(most, most + pairs)
    if found.interval is None or pairs < PAIRS:
        return "open", None
    which, chance = _of_pairs(claim, found)
    p = chance if len(set(found.differences)) > 1 else None
    # The surviving seeds of a side favour it, so they can only be held against that side.
    if (lost_a > lost_b and which != worse) or (lost_b > lost_a and which != better):
        return "open", p
    return which, p


def _of_pairs(claim: Claim, found: Pairs) -> tuple[Difference, float]:
    assert found.interval
    low, high = found.interval
    if (p := found.chance_of_same()) <= LEVEL:
        return "same", p
    if claim.expects == "no higher":
        # Half the level on each side, as of the interval.
        if high <= found.margin:
            return "lower", min(1.0, 2 * found.chance_below(found.margin))
        which: Difference = "higher" if low > found.margin else "open"
        return which, min(1.0, 2 * found.chance_beyond(found.margin))
    effect, p = mean(found.differences), found.chance_of_any()
    if low * high > 0 and abs(effect) > found.margin:
        return ("lower" if effect < 0 else "higher"), p
    return "open", p


def _chance_of_divergence(lost: int, seeds: int) -> float:
    """Fisher's exact test of `lost` of the seeds on one side and none on the other."""
    from scipy.stats import fisher_exact

    return float(fisher_exact([[lost, seeds - lost], [0, seeds]]).pvalue)


def _higher_is_better(claim: Claim) -> bool:
    """By the metric, or, for a metric without a direction, by what is expected."""
    direction = glossary.better(claim.metric)
    return direction == "higher" if direction else claim.expects == "higher"
