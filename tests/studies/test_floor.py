"""The floor under every comparison of reconstructions."""

import json

import numpy as np
import pytest
from sklearn.decomposition import PCA as ReferencePca

from aebench.core.files import read_csv
from aebench.studies.claims_page import write_claims
from aebench.studies.judge import judge_all
from aebench.studies.runner import StudyRunner

RESULTS = "reports/tiny/studies/small"


def read(project, name: str) -> str:
    return (project / RESULTS / name).read_text()


def test_each_net_has_the_error_of_pca_of_its_code_size(project, study, prepared) -> None:
    study(seeds=[0], recipe={"training.images": 50})
    StudyRunner("small", "tiny").run()
    header, *lines = read(project, "runs.csv").splitlines()
    rows = [dict(zip(header.split(","), line.split(","), strict=True)) for line in lines]
    found = {(float(row["pca_test_sse_per_image"]), row["trained_on"]) for row in rows}
    ((error, count),) = found
    assert count == "50"
    # Of fifty of 120 training images, so worse than of all of them.
    flat = {
        part: prepared.part(part)[0].reshape(prepared.count(part), -1) / 255
        for part in ("train", "test")
    }
    pca = ReferencePca(4).fit(flat["train"])
    least = pca.inverse_transform(pca.transform(flat["test"])).clip(0, 1)
    assert error > np.square(least - flat["test"]).sum(1).mean()
    mean = np.square(flat["test"] - flat["train"].mean(0)).sum(1).mean()
    assert error < mean


def test_stored_tables_are_judged_anew_by_the_claims_that_the_file_has_now(project, study) -> None:
    study()
    StudyRunner("small", "tiny").run()
    before = read(project, "runs.csv"), json.loads(read(project, "claims.json"))
    picture = project / "reports" / "tiny" / "studies" / "small" / "comparison.png"
    drawn = picture.read_bytes()
    picture.unlink()
    judge_all("tiny")
    assert read(project, "runs.csv") == before[0]
    assert picture.read_bytes() == drawn
    assert json.loads(read(project, "claims.json")) == before[1]
    claim = {
        "claim": "Long steps are worse.",
        "metric": "test_sse_per_image",
        "a": {"rate": "high"},
        "b": {"rate": "low"},
        "expects": "higher",
    }
    study(claims=[claim])
    judge_all("tiny")
    (one,) = json.loads(read(project, "claims.json"))
    assert one["claim"] == "Long steps are worse."
    assert one["effect"] == pytest.approx(before[1][0]["effect"])


def test_a_table_of_another_file_is_named_and_stays(project, study, capsys) -> None:
    study(seeds=[0])
    StudyRunner("small", "tiny").run()
    before = read(project, "claims.json")
    study(seeds=[0], recipe={"training.epochs": 9}, claims=[])
    judge_all("tiny")
    assert "small: results of another studies/small.yaml; `aebench study small" in (
        capsys.readouterr().err
    )
    assert read(project, "claims.json") == before
    (project / "studies" / "small.yaml").rename(project / "studies" / "other.yaml")
    judge_all("tiny")
    assert "small: results of another studies/small.yaml" in capsys.readouterr().err
    (project / "studies" / "other.yaml").rename(project / "studies" / "small.yaml")
    write_claims("tiny")
    page = (project / "reports" / "tiny" / "claims.md").read_text()
    assert "[small](studies/small/index.md) are of another version of the study's file" in page


def test_places_that_still_learn_at_the_end_are_told(project, study) -> None:
    study(seeds=[0], recipe={"training.schedule": {"name": "constant"}})
    StudyRunner("small", "tiny").run()
    # Eight epochs at a constant rate leave much to learn.
    falling = json.loads(read(project, "study.json"))["falling"]
    assert "pretraining none, rate high" in falling
    assert "Still learning at the end" in read(project, "index.md")


def test_places_that_gain_from_the_whole_budget_are_told(project, study) -> None:
    study(seeds=[0], budgets={"full": 1.0, "half": 0.5})
    StudyRunner("small", "tiny").run()
    gaining = json.loads(read(project, "study.json"))["gaining"]
    rows = {
        (row["pretraining"], row["rate"], row["budget"]): float(row["validation_sse_per_image"])
        for row in read_csv(project / "reports" / "tiny" / "studies" / "small" / "runs.csv")
    }
    # Whatever it is, the schedule of each budget ends at a rate of 0.
    assert gaining == [
        f"pretraining {pretraining}, rate {rate}, budget full"
        for (pretraining, rate, budget), error in rows.items()
        if budget == "full" and error <= 0.95 * rows[pretraining, rate, "half"]
    ]
    assert gaining and "The largest budget still takes" in read(project, "index.md")
