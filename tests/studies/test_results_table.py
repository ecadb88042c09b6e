import math

import pytest

from aebench.core import paths
from aebench.studies import results_table
from aebench.studies.config import load_study
from aebench.studies.runner import StudyRunner
from aebench.studies.stored import Statement, state, statement

METRIC = "test_sse_per_image"


def published(level: str, value: float, **changes) -> dict:
    one = {"where": {"rate": level}, "metric": METRIC, "value": value, "source": "Somebody 1999"}
    return one | {"status": "recalled"} | changes


def row(level: str, value: float, seed: int) -> dict:
    return {"pretraining": "none", "rate": level, "seed": seed, METRIC: value, "epochs": 8}


ROWS = [row("low", 2.25, 0), row("low", 3.25, 1), row("high", 1.25, 0), row("high", "", 1)]


@pytest.fixture
def stated(project, study):
    """What a study with these published numbers states."""

    def stated(*some: dict) -> Statement:
        study(
            axes={"pretraining": {"none": {}}, "rate": {"low": {}, "high": {}}},
            claims=[],
            results=[METRIC, "epochs"],
            published=list(some),
        )
        state(load_study("small", "tiny"), ROWS, [], [], paths.study("tiny", "small"))
        return statement("tiny", "small")

    return stated


def test_means_over_seeds_with_their_spread(stated) -> None:
    text = results_table.results(stated(), ROWS)
    assert "| none | low | 2.750 ± 0.707 | 8 |" in text
    assert "| none | high | 1.250 (1 of 2) | 8 |" in text
    explained = results_table.explained(stated())
    assert "- *test sse per image*: squared error of test images" in explained


def test_infinite_values_have_no_spread(stated) -> None:
    infinite = [row("low", math.inf, 0), row("low", 3.25, 1)]
    assert "| none | low | inf | 8 |" in results_table.results(stated(), infinite)


@pytest.mark.parametrize(
    ("flags", "said"),
    [([0, 1, 0, 0], "pretraining none, rate low (1 of 2 seeds)"), ([0, 0, 0, 0], "")],
)
def test_a_posterior_that_collapsed_is_said(flags: list[int], said: str, stated) -> None:
    rows = [one | {"collapsed": flag} for one, flag in zip(ROWS, flags, strict=True)]
    assert results_table.collapsed(stated(), rows) == said


def test_published_numbers_stand_beside_what_they_are_of(stated) -> None:
    one = stated(
        published("low", 2.25, differs="longer"), published("low", 9.0, where={}, what="zip")
    )
    text = results_table.published(one, ROWS)
    name = "test sse per image"
    assert (
        f"| rate low | {name} | 2.25 | 2.750 ± 0.707 | Somebody 1999, recalled | longer |" in text
    )
    assert f"| zip | {name} | 9 |  | Somebody 1999, recalled |  |" in text


def test_where_measures_differ_it_is_the_order_that_is_compared(stated) -> None:
    one = stated(published("low", 10.0, compare="rank"), published("high", 20.0, compare="rank"))
    text = results_table.published(one, ROWS)
    assert "| 10 (rank 1) | 2.750 ± 0.707 (rank 2) |" in text
    assert "| 20 (rank 2) | 1.250 (1 of 2) (rank 1) |" in text
    # What the study has no cell of has no rank in it.
    other = published("low", 15.0, compare="rank", where={}, what="theirs")
    with_other = stated(published("low", 10.0, compare="rank"), other)
    assert "| theirs | test sse per image | 15 |" in results_table.published(with_other, ROWS)


def test_numbers_read_back_are_those_that_were_written(project, study) -> None:
    study(results=[METRIC], seeds=[0])
    assert StudyRunner("small", "tiny").run() == 0
    text = (project / "reports/tiny/studies/small/index.md").read_text()
    assert text.startswith("# Tiny: tiny\n\nDoes it work?\n")
    numbers = text.split("## Numbers")[1].split("## Pictures")[0]
    assert numbers.count("| greedy |") == 2
