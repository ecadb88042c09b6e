import math
from collections.abc import Sequence

import pytest

from aebench.studies.config import load_study
from aebench.studies.results_page import page
from aebench.studies.runner import StudyRunner

METRIC = "test_sse_per_image"


def published(level: str, value: float, **changes) -> dict:
    one = {"where": {"rate": level}, "metric": METRIC, "value": value, "source": "Somebody 1999"}
    return one | {"status": "recalled"} | changes


def row(level: str, value: float, seed: int) -> dict:
    return {"pretraining": "none", "rate": level, "seed": seed, METRIC: value, "epochs": 8}


ROWS = [row("low", 2.25, 0), row("low", 3.25, 1), row("high", 1.25, 0), row("high", "", 1)]


@pytest.fixture
def written(study):
    """The page of a study with these published numbers, of made-up results."""

    def written(*some: dict, collapsed: Sequence[int] = ()) -> str:
        study(
            axes={"pretraining": {"none": {}}, "rate": {"low": {}, "high": {}}},
            claims=[],
            results=[METRIC, "epochs"],
            published=list(some),
        )
        flags = [{"collapsed": flag} for flag in collapsed] or [{}] * len(ROWS)
        rows = [one | flag for one, flag in zip(ROWS, flags, strict=True)]
        return page(load_study("small", "tiny"), "tiny", rows)

    return written


def test_means_over_seeds_with_their_spread(written) -> None:
    text = written()
    assert "| none | low | 2.750 ± 0.707 | 8 |" in text
    assert "Means over 5 seeds" in text
    assert "| none | high | 1.250 (1 of 2) | 8 |" in text
    assert "- *test sse per image*: squared error of test images" in text
    assert "Published" not in text


def test_infinite_values_have_no_spread(written) -> None:
    infinite = [row("low", math.inf, 0), row("low", 3.25, 1)]
    written()
    text = page(load_study("small", "tiny"), "tiny", infinite)
    assert "| none | low | inf | 8 |" in text


def test_a_posterior_that_collapsed_is_said(written) -> None:
    text = written(collapsed=[0, 1, 0, 0])
    assert "nothing of an image: pretraining none, rate low (1 of 2 seeds)." in text
    assert "collapse" not in written(collapsed=[0, 0, 0, 0])


def test_published_numbers_stand_beside_what_they_are_of(written) -> None:
    text = written(
        published("low", 2.25, differs="longer"), published("low", 9.0, where={}, what="zip")
    )
    name = "test sse per image"
    assert (
        f"| rate low | {name} | 2.25 | 2.750 ± 0.707 | Somebody 1999, recalled | longer |" in text
    )
    assert f"| zip | {name} | 9 |  | Somebody 1999, recalled |  |" in text


def test_where_measures_differ_it_is_the_order_that_is_compared(written) -> None:
    text = written(published("low", 10.0, compare="rank"), published("high", 20.0, compare="rank"))
    assert "| 10 (rank 1) | 2.750 ± 0.707 (rank 2) |" in text
    assert "| 20 (rank 2) | 1.250 (1 of 2) (rank 1) |" in text


def test_a_study_that_asks_for_it_leaves_the_page(project, study) -> None:
    study(results=[METRIC], seeds=[0])
    assert StudyRunner("small", "tiny").run() == 0
    text = (project / "reports/tiny/studies/small/results.md").read_text()
    assert text.startswith("# Tiny: results on tiny\n\nDoes it work?\n")
    assert text.count("| greedy |") == 2
