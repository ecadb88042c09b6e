import pytest
from scipy.stats import ttest_rel

from aebench.studies import claims
from aebench.studies.config import Claim

METRIC = "test_sse_per_image"


class Grid:
    """Stands for a study: only its axes and claims are looked at."""

    def __init__(self, **changes):
        self.axes = {"method": {"new": {}, "old": {}}, "depth": {"1": {}, "2": {}}}
        self.claims = [
            Claim(
                claim="New is better.",
                metric=METRIC,
                a={"method": "new"},
                b={"method": "old"},
                **changes,
            )
        ]


def rows(new: list, old: list, depth: str = "1") -> list[dict]:
    return [
        {"method": method, "depth": depth, "seed": seed, "evaluations": 100, METRIC: value}
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


@pytest.mark.parametrize(
    ("new", "old", "margin", "verdict"),
    [
        ([1.0, 1.1, 1.0], [2.0, 2.0, 2.1], 0.0, "supported"),
        ([2.0, 2.0, 2.1], [1.0, 1.1, 1.0], 0.0, "refuted"),
        ([1.0, 3.0, 2.0], [2.0, 2.0, 2.1], 0.1, "inconclusive"),
        # Surely lower, but by less than a tenth.
        ([1.98, 1.98, 1.97], [2.0, 2.0, 2.0], 0.1, "no difference"),
        ([1.0], [2.0], 0.0, "inconclusive"),
        # Training with the old one mostly gave nothing.
        ([1.0, 1.1, 1.0], ["", "", 1.0], 0.0, "supported"),
        (["", "", 1.0], [1.0, 1.1, 1.0], 0.0, "refuted"),
        (["", "", ""], ["", "", ""], 0.0, "inconclusive"),
        (["nan", "", "inf"], [1.0, 1.1, 1.0], 0.0, "refuted"),
    ],
)
def test_verdicts(new: list, old: list, margin: float, verdict: str) -> None:
    assert judge(rows(new, old), margin=margin)["verdict"] == verdict


def test_seeds_that_only_one_side_has_are_left_out_and_counted() -> None:
    case = judge(rows([1.0, "", 1.2, 1.1], [2.0, 2.1, 2.0, 2.2]))["cases"][0]
    assert (case["seeds"], case["diverged_a"], case["diverged_b"]) == (3, 1, 0)
    assert case["b"] == pytest.approx((2.0 + 2.0 + 2.2) / 3)


def test_what_depends_says_on_what() -> None:
    table = rows([1.0, 1.1, 1.0], [2.0, 2.0, 2.1], "1") + rows([2.0, 2.0, 2.1], [1, 1.1, 1], "2")
    one = judge(table, each=["depth"])
    assert one["verdict"] == "depends (on depth)"
    assert [(case["where"], case["verdict"]) for case in one["cases"]] == [
        ({"depth": "1"}, "supported"),
        ({"depth": "2"}, "refuted"),
    ]
    assert judge(table, within={"depth": ["2"]})["verdict"] == "refuted"


def test_places_that_one_side_lacks_do_not_count() -> None:
    """Else a mean over other axes would compare different things."""
    table = rows([1.0, 1.1, 1.0], [2.0, 2.0, 2.1], "1") + rows([], [9.0, 9.0, 9.0], "2")
    one = judge(table)
    assert one["cases"][0]["b"] == pytest.approx(6.1 / 3)
    assert [case["where"] for case in judge(table, each=["depth"])["cases"]] == [{"depth": "1"}]
