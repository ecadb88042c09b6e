from pathlib import Path

import pytest
from committed import committed
from ruamel.yaml import YAML

from aebench.core.errors import InputError
from aebench.core.files import read_json, write_json
from aebench.reporting.numbers import effect, number
from aebench.studies import grid
from aebench.studies.claim_text import sides, verdict
from aebench.studies.claims_page import write_claims
from aebench.studies.config import load_study
from aebench.studies.pictures.draw import PICTURES
from aebench.studies.runner import StudyRunner
from aebench.studies.stored import state
from aebench.studies.study_page import CAPTIONS, caption

CLAIM = {
    "claim": "Long steps are better.",
    "metric": "test_sse_per_image",
    "a": {"rate": "high"},
    "b": {"rate": "low"},
}


def test_a_study_s_page_says_what_was_claimed_compared_and_found(project, study) -> None:
    study(topic="Uses")
    StudyRunner("small", "tiny").run()
    folder = project / "reports" / "tiny" / "studies" / "small"
    text = (folder / "index.md").read_text()
    assert "| Long steps are better. | **supported** | test sse per image | -" in text
    assert "**Long steps are better.** test sse per image: rate high against rate low" in text
    assert "| pretraining greedy |" in text
    caption = "Each seed (dots), their mean and its 95 % interval"
    assert f"![{caption}](comparison.png)\n\n*{caption}.*" in text
    assert "- *test sse per image*: squared error of test images" in text
    # Every picture that it shows is there, and the other way round.
    shown = {line.split("](")[1].rstrip(")") for line in text.splitlines() if line[:2] == "!["}
    assert shown == {path.name for path in folder.glob("*.png")}
    assert "<title>Tiny: tiny</title>" in (folder / "index.html").read_text()


def test_the_page_of_all_claims_leads_to_the_studies(project, study) -> None:
    study(topic="Uses")
    StudyRunner("small", "tiny").run()
    text = (project / "reports" / "tiny" / "claims.md").read_text()
    assert "| Long steps are better. | **supported** | test sse per image | -" in text
    assert "| Uses | [Tiny](studies/small/index.md) | 1 |" in text
    # None of its claims is the lecture's.
    assert "## What the lecture says" not in text
    page = (project / "reports" / "tiny" / "claims.html").read_text()
    assert 'href="studies/small/index.html"' in page
    assert "tiny/studies/small/index.html" in (project / "reports" / "index.html").read_text()


def test_what_the_lecture_says_comes_first(project, study) -> None:
    claims = [CLAIM, CLAIM | {"claim": "Short steps are worse.", "lecture": True}]
    study(claims=claims, topic="Uses")
    StudyRunner("small", "tiny").run()
    first, *_ = (project / "reports" / "tiny" / "claims.md").read_text().split("## Also tested")
    assert "Short steps are worse." in first
    assert "Long steps are better." not in first


def stand_in(project: Path, seeds: list[int]) -> None:
    """Write what the page reads of a study on these seeds that has been done."""
    folder = project / "reports" / "tiny" / "studies" / "small"
    one = load_study("small", "tiny")
    state(one.model_copy(update={"seeds": seeds}), [], [], [], folder)
    told = read_json(folder / "study.json") | {"cells": grid.digest(one)}
    write_json(folder / "study.json", told)
    write_json(folder / "claims.json", [])


def top(project: Path) -> str:
    """What the page says before it lists the studies, which have no claims."""
    write_claims("tiny")
    page = (project / "reports" / "tiny" / "claims.md").read_text()
    return page.split("## All studies")[0]


def test_the_caveats_that_a_study_has_now_are_at_the_top(project, study) -> None:
    stand_in(project, [0, 1])
    assert "## Known weaknesses" not in top(project)
    study(caveats=["The nets are small.", "So is the data."])
    known = top(project).split("## Known weaknesses\n")[1]
    assert known == "\n- [small](studies/small/index.md): The nets are small. So is the data.\n\n"


def test_caveats_can_be_of_one_data_set(project, study) -> None:
    stand_in(project, [0, 1])
    study(caveats=["All nets are small."], sets={"tiny": {"caveats": ["Few images."]}})
    assert "- [small](studies/small/index.md): Few images.\n" in top(project)
    study(sets={"other": {"caveats": ["Few images."]}, "tiny": {}})
    assert "## Known weaknesses" not in top(project)


def test_where_a_study_can_no_longer_be_loaded_the_page_says_so(project, study) -> None:
    stand_in(project, [0, 1])
    study(sets={"other": {}}, caveats=["The nets are small."])
    assert "could not be read: studies/small.yaml: sets: says nothing of 'tiny'" in top(project)
    (project / "studies" / "small.yaml").unlink()
    assert "could not be read: unknown study 'small'" in top(project)


@pytest.mark.parametrize("seeds", [[3], [3, 4]])
def test_a_study_on_one_seed_is_named(seeds: list[int], project, study) -> None:
    stand_in(project, seeds)
    # What counts are the seeds of its results, not those that its file has now.
    study(seeds=[1, 2] if len(seeds) == 1 else [1])
    sentence = "- The results of [small](studies/small/index.md) rest on one seed:"
    assert (sentence in top(project)) == (len(seeds) == 1)


def test_every_picture_has_a_caption() -> None:
    for name in PICTURES:
        # `maps-page` is a page.
        assert name in CAPTIONS or name == "maps-page"
    assert caption("comparison-model_bytes.png", 5).startswith("model bytes: each seed")
    assert caption("comparison.png", 1) == "The one seed's value"


def test_a_verdict_tells_where_places_differ() -> None:
    cases = [{"verdict": "supported"}] * 2 + [{"verdict": "inconclusive"}]
    one = {"verdict": "supported", "cases": cases}
    assert verdict(one) == "**supported**: 2 supported, 1 inconclusive"
    assert verdict(one | {"cases": cases[:2]}) == "**supported**"


def test_without_a_study_there_is_no_page(project) -> None:
    with pytest.raises(InputError, match="no study of tiny"):
        write_claims("tiny")


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.123456, "0.123"), (12.3456, "12.3"), (123456.0, "123,456"), (-1.0, "-1"), (None, "none")],
)
def test_numbers_have_three_digits(value: float | None, text: str) -> None:
    assert number(value) == text


def test_both_sides_have_the_decimals_that_their_difference_needs() -> None:
    assert sides({"a": 1.3473, "b": 1.34, "effect": 0.0073}) == ("1.3473", "1.3400")
    assert sides({"a": 104.127, "b": 104.0, "effect": 0.127}) == ("104.13", "104.00")
    assert sides({"a": 12.3456, "b": 2.0, "effect": 10.3456}) == ("12.3", "2")
    assert sides({"a": None, "b": 2.0, "effect": None}) == ("none", "2")


def test_an_effect_shows_its_interval() -> None:
    one = {"effect": -0.5, "interval": [-0.75, -0.25], "seeds": 5}
    assert effect(one) == "-0.5 (-0.75 to -0.25)"
    assert effect(one | {"seeds": 4}) == "-0.5 (-0.75 to -0.25), 4 of at least 5 pairs"
    assert effect(one | {"seeds": 1, "interval": None}) == "-0.5, 1 of at least 5 pairs"
    assert effect(one | {"seeds": 0, "effect": None}) == "none: no pair has both values"


def test_the_page_s_stage_depends_on_the_file_of_each_study() -> None:
    pipeline = YAML(typ="safe").load(committed() / "studies" / "dvc.yaml")
    (studies,) = (one["studies"] for one in pipeline["vars"] if "studies" in one)
    files = {f"studies/{name}.yaml" for name in ("base", *studies)}
    assert files <= set(pipeline["stages"]["claims"]["deps"])
