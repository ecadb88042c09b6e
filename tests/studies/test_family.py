"""P-values of many claims, corrected."""

from pathlib import Path

import pytest

from aebench.core.errors import InputError
from aebench.core.files import write_json
from aebench.studies.family import benjamini_hochberg, gathered, holm, summary
from aebench.studies.stored import Statement


def test_holm_multiplies_the_smallest_by_most_and_keeps_the_order() -> None:
    # Holm 1979; as R's p.adjust gives it.
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.9, 0.8]) == pytest.approx([1.0, 1.0])
    assert holm([]) == []


def test_benjamini_and_hochberg_correct_less() -> None:
    values = [0.01, 0.04, 0.03, 0.005]
    assert benjamini_hochberg(values) == pytest.approx([0.02, 0.04, 0.04, 0.02])
    assert benjamini_hochberg([]) == []


def claim(p: float | None, verdict: str = "supported", lecture: bool = True) -> dict:
    return {
        "claim": "It is so.",
        "lecture": lecture,
        "verdict": verdict,
        "p": p,
        "effect": -1.0,
        "interval": [-2.0, -0.5],
        "seeds": 10,
        "budget": "100",
        "beats_pca": True,
        "at_border": False,
        "exempt": None,
        "history": [],
    }


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "reports" / "tiny" / "studies"
    stated = Statement(
        topic="Uses",
        title="One",
        question="Is it so?",
        seeds=[0],
        splits="given",
        trials=None,
        axes=[],
        results=[],
        published=[],
        cells=None,
    )

    def write(name: str, claims: list[dict], topic: str | None = "Uses") -> None:
        write_json(folder / name / "claims.json", claims)
        write_json(folder / name / "study.json", stated.model_dump() | {"topic": topic})

    return write


def test_what_chance_explains_among_so_many_claims_is_open(write) -> None:
    write("one", [claim(0.03), claim(0.001)])
    write("two", [claim(0.04), claim(0.04, lecture=False), claim(0.9, "inconclusive")])
    found = gathered("tiny")
    assert [entry["verdict"] for entry in found["one"]] == ["inconclusive", "supported"]
    # Of another family.
    assert [entry["verdict"] for entry in found["two"]] == [
        "inconclusive",
        "supported",
        "inconclusive",
    ]
    assert found["one"][1]["p_adjusted"] == pytest.approx(0.004)
    rows = summary(found)
    assert [(row["study"], row["claim"]) for row in rows][2:] == [
        ("two", 0),
        ("two", 1),
        ("two", 2),
    ]


def test_a_study_that_somebody_adds_changes_no_verdict_of_the_rest(write) -> None:
    write("ours", [claim(0.04, lecture=False)])
    before = gathered("tiny")["ours"]
    write("mine", [claim(0.03, lecture=False), claim(0.9, lecture=False)], topic=None)
    after = gathered("tiny")
    assert after["ours"] == before
    assert [entry["p_adjusted"] for entry in after["mine"]] == pytest.approx([0.06, 0.9])


def test_claims_that_were_not_tested_are_none_of_the_many(write) -> None:
    write("one", [claim(0.03), claim(0.02, "not meaningful: both lose to PCA"), claim(None)])
    entries = gathered("tiny")["one"]
    assert [entry["verdict"] for entry in entries] == [
        "supported",
        "not meaningful: both lose to PCA",
        "supported",
    ]
    assert "p_adjusted" not in entries[1]


def test_claims_of_another_version_are_refused(write) -> None:
    write("one", [{"claim": "It is so.", "verdict": "supported"}])
    with pytest.raises(InputError, match="allowed: `aebench claims tiny --judge`"):
        gathered("tiny")
