import math
from types import SimpleNamespace

import pytest
from scipy.stats import ttest_1samp, ttest_rel

from aebench.metrics.interval import confidence_interval
from aebench.studies import claims
from aebench.studies.config import Claim
from aebench.studies.floor import ERROR, PCA

METRIC = "test_sse_per_image"


class Grid:
    """Stands for a study: only its grid, metric, tuning and claims are looked at."""

    metric, tune, only, leave_out, budgets = METRIC, None, [], [], {}

    def __init__(self, **changes):
        self.axes = {"method": {"new": {}, "old": {}}, "depth": {"1": {}, "2": {}}}
        self.claims = [
            Claim(
                claim="New is better.",
                a={"method": "new"},
                b={"method": "old"},
                **{"metric": METRIC, **changes},
            )
        ]


LOW, HIGH = [1.0, 1.1, 1.0, 0.9, 1.0], [2.0, 2.1, 2.0, 2.0, 1.9]
WIDE = [1.0, 3.0, 2.0, 1.5, 2.6]


def rows(new: list, old: list, depth: str = "1") -> list[dict]:
    """A row a seed; None where the training diverged."""
    return [
        {
            "method": method,
            "depth": depth,
            "seed": seed,
            "status": "ok" if value is not None else "diverged",
            "run": f"{method}-{depth}-{seed}",
            "evaluations": 100,
            METRIC: "" if value is None else value,
        }
        for method, values in {"new": new, "old": old}.items()
        for seed, value in enumerate(values)
    ]


def judge(table: list[dict], **changes) -> dict:
    (one,) = claims.judge(Grid(**changes), table)
    return one


def test_the_interval_is_the_paired_t_tests() -> None:
    new, old = [1.0, 1.4, 0.9, 1.6, 1.1], [1.5, 1.6, 1.7, 1.9, 1.3]
    one = judge(rows(new, old))
    expected = ttest_rel(new, old).confidence_interval(0.95)
    assert one["interval"] == pytest.approx((expected.low, expected.high))
    assert one["effect"] == pytest.approx(sum(new) / 5 - sum(old) / 5)
    assert one["seeds"] == 5
    assert one["budget"] == "100 gradient evaluations on either side"
    assert one["evidence"][:3] == ["runs.csv", "comparison.png", "new-1-0"]
    assert len(one["evidence"]) == 12


@pytest.mark.parametrize(
    ("new", "old", "margin", "verdict"),
    [
        (LOW, HIGH, 0.01, "supported"),
        (HIGH, LOW, 0.01, "refuted"),
        (WIDE, HIGH, 0.1, "inconclusive"),
        # Surely lower, but by less than a tenth.
        ([1.98, 1.98, 1.97, 1.98, 1.98], [2.0] * 5, 0.1, "no difference"),
        # Surely lower, and perhaps by more than a twentieth, but not on average.
        ([1.86, 1.90, 1.92, 1.96, 1.96], [2.0] * 5, 0.05, "inconclusive"),
        ([1.86, 1.90, 1.92, 1.96, 1.96], [2.0] * 5, 0.03, "supported"),
        # Too few pairs for a verdict.
        (LOW[:4], HIGH[:4], 0.01, "inconclusive"),
        ([*LOW, None], [*HIGH, 2.0], 0.01, "inconclusive"),
        # The survivors of a side speak in its favour: against it they do all the more.
        ([*HIGH, None], [*LOW, 1.0], 0.01, "refuted"),
        ([*LOW, 1.0], [*HIGH, None], 0.01, "supported"),
        # Training with the old one mostly gave nothing, and with the new one always something.
        (LOW, [None, None, None, 1.0, 1.0], 0.01, "supported"),
        ([None, None, None, 1.0, 1.0], LOW, 0.01, "refuted"),
        ([None, None, None, 1.0, 1.0], [1.0, 1.0, None, None, 1.0], 0.01, "inconclusive"),
        ([None] * 5, [None] * 5, 0.01, "inconclusive"),
        # One seed decides nothing, also where it diverged.
        ([1.0], [None], 0.01, "inconclusive"),
    ],
)
def test_verdicts(new: list, old: list, margin: float, verdict: str) -> None:
    assert judge(rows(new, old), margin=margin)["verdict"] == verdict
    new, old = ([value and -value for value in side] for side in (new, old))
    mirrored = [row | {"auroc": row[METRIC]} for row in rows(new, old)]
    assert judge(mirrored, metric="auroc", margin=margin, expects="higher")["verdict"] == verdict


def test_infinite_values_have_no_interval() -> None:
    assert confidence_interval([math.inf, 1.0]) is None


def test_a_training_that_diverged_is_worse_whatever_is_claimed() -> None:
    mostly = [None, None, None, 1.0, 1.0]
    assert judge(rows(mostly, LOW), expects="higher")["verdict"] == "supported"
    assert judge(rows(LOW, mostly), expects="higher")["verdict"] == "refuted"
    better = [row | {"auroc": row[METRIC]} for row in rows(mostly, LOW)]
    assert judge(better, metric="auroc", expects="lower")["verdict"] == "supported"


@pytest.mark.parametrize(
    ("expects", "new", "verdict"),
    [
        ("same", [1.98, 1.98, 1.97, 1.98, 1.98], "supported"),
        ("same", LOW, "refuted"),
        ("no higher", [1.98, 1.98, 1.97, 1.98, 1.98], "supported"),
        ("no higher", LOW, "supported"),
        ("no higher", [3.0, 3.1, 3.0, 3.0, 2.9], "refuted"),
        # Within the margin or far below it, so surely not above it.
        ("no higher", [1.5, 2.0, 1.9, 1.6, 2.0], "supported"),
        # Surely higher, but perhaps by less than the margin.
        ("no higher", [2.05, 2.15, 2.25, 2.1, 2.3], "inconclusive"),
    ],
)
def test_a_claim_may_expect_that_nothing_changes(expects: str, new: list, verdict: str) -> None:
    assert judge(rows(new, [2.0] * 5), margin=0.1, expects=expects)["verdict"] == verdict


def test_a_comparison_says_where_it_holds() -> None:
    assert judge(rows(LOW, HIGH), within={"depth": ["1", "2"]})["comparison"].endswith(
        "method new against method old, where depth 1 or 2"
    )


def test_a_cell_that_failed_is_no_loss_of_its_side() -> None:
    table = rows(LOW, HIGH)
    for row in table:
        if row["method"] == "old" and row["seed"] > 1:
            row |= {"status": "failed", METRIC: "", "run": ""}
    one = judge(table)
    assert one["verdict"] == "inconclusive"
    assert one["cases"][0]["failed"] == 3


def test_a_place_that_only_one_side_has_is_no_evidence() -> None:
    deeper = [row | {"evaluations": 900} for row in rows(LOW, [], depth="2")]
    one = judge(rows(LOW, HIGH) + deeper)
    assert one["budget"] == "100 gradient evaluations on either side"
    assert not any("new-2" in run for run in one["evidence"])


def test_a_claim_whose_sides_share_no_place_is_not_asked() -> None:
    grid = Grid()
    grid.only = [{"method": "new", "depth": "1"}, {"method": "old", "depth": "2"}]
    assert claims.judge(grid, rows(LOW, [], "1") + rows([], HIGH, "2")) == []


def test_seeds_that_only_one_side_has_are_left_out_and_counted() -> None:
    case = judge(rows([1.0, None, 1.2, 1.1], [2.0, 2.1, 2.0, 2.2]))["cases"][0]
    assert (case["seeds"], case["diverged_a"], case["diverged_b"]) == (3, 1, 0)
    assert case["b"] == pytest.approx((2.0 + 2.0 + 2.2) / 3)


def test_what_depends_says_on_what() -> None:
    table = rows(LOW, HIGH, "1") + rows(HIGH, LOW, "2")
    one = judge(table, each=["depth"])
    assert one["verdict"] == "depends (on depth)"
    assert [(case["where"], case["verdict"]) for case in one["cases"]] == [
        ({"depth": "1"}, "supported"),
        ({"depth": "2"}, "refuted"),
    ]
    assert judge(table, within={"depth": ["2"]})["verdict"] == "refuted"


def test_places_without_a_verdict_disagree_with_nothing() -> None:
    """A difference that is significant and one that is not do not differ by that alone."""
    one = judge(rows(LOW, HIGH, "1") + rows([1.9, 2.2, 1.8, 2.1, 1.9], HIGH, "2"), each=["depth"])
    assert [case["verdict"] for case in one["cases"]] == ["supported", "inconclusive"]
    assert one["verdict"] == "supported"
    # But the mean over all must be of the same mind.
    wild = [-20.0, 30.0, 2.0, 1.5, 2.6]
    assert judge(rows(LOW, HIGH, "1") + rows(wild, HIGH, "2"), each=["depth"])["verdict"] == (
        "inconclusive"
    )


def test_places_that_one_side_lacks_do_not_count() -> None:
    """Else a mean over other axes would compare different things."""
    table = rows(LOW, HIGH, "1") + rows([], [9.0] * 5, "2")
    one = judge(table)
    assert one["cases"][0]["b"] == pytest.approx(2.0)
    assert [case["where"] for case in judge(table, each=["depth"])["cases"]] == [{"depth": "1"}]


def test_two_measures_of_the_same_trainings_can_be_compared() -> None:
    table = rows(LOW, HIGH)
    for row in table:
        row["bound"] = row[METRIC] + 0.5 + 0.01 * row["seed"]
    grid = Grid(against="bound")
    grid.claims = [grid.claims[0].model_copy(update={"b": {"method": "new"}})]
    (one,) = claims.judge(grid, table)
    assert one["verdict"] == "supported"
    assert one["effect"] == pytest.approx(-0.52)
    assert one["comparison"] == f"{METRIC}: method new against bound of method new"


@pytest.mark.parametrize("left", ["new", "old"])
def test_a_claim_is_not_asked_where_a_side_is_left_out(left: str) -> None:
    grid = Grid()
    grid.only = [{"method": left}]
    assert claims.judge(grid, [row for row in rows(LOW, HIGH) if row["method"] == left]) == []
    grid.only = [{"method": "new"}, {"method": "old"}]
    assert len(claims.judge(grid, rows(LOW, HIGH))) == 1


def of_nets(table: list[dict], **margins: float) -> list[dict]:
    """The rows with validation errors so far above PCA's by method, in per cent; 5 to 1 images."""
    for row in table:
        row |= {"trained_on": 100, "tested_on": 20, PCA: 10.0}
        if row["status"] == "ok":
            row[ERROR] = 10.0 * (1 + margins[row["method"]] / 100)
    return table


@pytest.mark.parametrize(
    ("margins", "verdict", "beats"),
    [
        ({"new": -20, "old": -1}, "supported", True),
        ({"new": -20, "old": 1}, "not meaningful: one side loses to PCA", False),
        ({"new": 1, "old": 3}, "not meaningful: both lose to PCA", False),
    ],
)
def test_nets_that_lose_to_pca_are_not_compared(margins: dict, verdict: str, beats: bool) -> None:
    one = judge(of_nets(rows(LOW, HIGH), **margins))
    assert (one["verdict"], one["beats_pca"]) == (verdict, beats)
    # A claim whose point is that a net does not learn may say so.
    exempt = judge(of_nets(rows(LOW, HIGH), **margins), exempt="It is about failure.")
    assert (exempt["verdict"], exempt["beats_pca"]) == ("supported", beats)
    # What PCA could not have is not measured by it.
    other = [row | {"nll": row[METRIC]} for row in of_nets(rows(LOW, HIGH), **margins)]
    assert judge(other, metric="nll")["beats_pca"] is None


def test_a_side_that_diverged_everywhere_does_not_beat_pca() -> None:
    one = judge(of_nets(rows(LOW, [None] * 5), new=-20))
    assert one["verdict"] == "not meaningful: one side loses to PCA"


def test_a_place_where_nets_lose_to_pca_says_nothing_of_the_others() -> None:
    good = of_nets(rows(LOW, HIGH, "1"), new=-20, old=-10)
    bad = of_nets(rows([50.0] * 5, HIGH, "2"), new=20, old=20)
    one = judge(good + bad, each=["depth"])
    assert [case["verdict"] for case in one["cases"]] == [
        "supported",
        "not meaningful: both lose to PCA",
    ]
    assert one["verdict"] == "supported"
    assert one["effect"] == pytest.approx(sum(LOW) / 5 - sum(HIGH) / 5)


def test_the_interval_allows_for_splits_that_share_images() -> None:
    """Nadeau & Bengio 2003: the variance is multiplied by 1/J + tested / trained, not by 1/J."""
    new, old = [1.0, 1.4, 0.9, 1.6, 1.1], [1.5, 1.6, 1.7, 1.9, 1.3]
    plain = judge(rows(new, old))["interval"]
    wider = judge(of_nets(rows(new, old), new=-1, old=-1))["interval"]
    ratio = (wider[1] - wider[0]) / (plain[1] - plain[0])
    assert ratio == pytest.approx(math.sqrt((1 / 5 + 20 / 100) * 5))


def test_p_is_the_paired_t_tests() -> None:
    new, old = [1.0, 1.4, 0.9, 1.6, 1.1], [1.5, 1.6, 1.7, 1.9, 1.3]
    assert judge(rows(new, old))["p"] == pytest.approx(ttest_rel(new, old).pvalue)
    # Nothing is left to chance where seeds change nothing.
    assert judge(rows([1.0] * 5, [2.0] * 5))["p"] is None


def test_that_nothing_differs_is_shown_by_two_one_sided_tests() -> None:
    new, old = [1.98, 2.03, 1.97, 2.01, 1.99], [2.0] * 5
    one = judge(rows(new, old), margin=0.02)
    margin, differences = 0.02 * 2.0, [value - 2.0 for value in new]
    above = ttest_1samp(differences, margin, alternative="less").pvalue
    below = ttest_1samp(differences, -margin, alternative="greater").pvalue
    assert one["verdict"] == "no difference"
    assert one["p"] == pytest.approx(max(above, below))


def test_settings_at_the_border_of_what_was_tried_decide_nothing() -> None:
    grid = Grid()
    grid.tune = SimpleNamespace(axis="method", trials=16, space={"new": {}, "old": {}})
    widened = [
        {"method": "old", "round": 1, "border": "yes"},
        {"method": "another", "round": 2, "border": "yes"},
    ]
    (one,) = claims.judge(grid, rows(LOW, HIGH), widened[:1])
    assert one["at_border"] and one["verdict"] == "inconclusive"
    (one,) = claims.judge(grid, rows(LOW, HIGH), widened)
    assert not one["at_border"] and one["verdict"] == "supported"
    assert one["budget"].endswith("after 32 trials each in 2 rounds")


def test_budgets_are_places_at_which_a_claim_is_made() -> None:
    grid = Grid()
    grid.axes = {"method": {"new": {}, "old": {}}, "budget": {"full": {}, "half": {}}}
    grid.budgets = {"full": 1.0, "half": 0.5}
    table = [row | {"budget": "full"} for row in rows(LOW, HIGH)]
    table += [row | {"budget": "half"} for row in rows(HIGH, LOW)]
    (one,) = claims.judge(grid, table)
    assert one["verdict"] == "depends (on budget)"


def test_a_margin_below_one_per_cent_has_a_reason() -> None:
    with pytest.raises(ValueError, match=r"0\.002 has no margin_reason"):
        Grid(margin=0.002)
    Grid(margin=0.002, margin_reason="Published values differ by less.")


def test_a_codec_that_has_no_file_of_so_few_bits_is_not_refuted() -> None:
    table = [row | {"sse_at_0.2": row[METRIC]} for row in rows(LOW, HIGH)]
    for row in table:
        if row["method"] == "new":
            row["sse_at_0.2"] = ""
    one = judge(table, metric="sse_at_0.2")
    assert (one["verdict"], one["p"]) == ("not reachable", None)
    # Nor is it on the other side, where it is another measure.
    lacking = [row | {"sse_at_0.5": ""} for row in rows(LOW, HIGH)]
    one = judge(lacking, metric=METRIC, against="sse_at_0.5")
    assert (one["verdict"], one["p"]) == ("not reachable", None)
    # A target that a training does not reach is another matter.
    missed = [row | {"evaluations_to_10": row["sse_at_0.2"]} for row in table]
    assert judge(missed, metric="evaluations_to_10")["verdict"] == "refuted"
