"""`aebench track --committed`: tables of studies and sweeps in MLflow."""

from pathlib import Path

import pytest

from aebench.core.files import write_csv
from aebench.tracking import committed
from aebench.tracking.committed import track_committed
from aebench.tracking.server import client

ROWS = [
    {"width": "narrow", "seed": 0, "status": "ok", "run": "abc", "test_sse": 2.5, "updates": 80},
    {"width": "wide", "seed": 0, "status": "diverged", "run": "", "test_sse": "", "updates": 8},
]


@pytest.fixture
def folder(project: Path) -> Path:
    folder = project / "reports" / "tiny" / "studies" / "small"
    write_csv(folder / "runs.csv", ROWS)
    (folder / "index.md").write_text("# Small")
    return folder


def test_each_row_is_a_run_within_the_study_s(folder: Path, contents) -> None:
    assert track_committed() == (1, 1)
    study, *rows = sorted(contents(), key=lambda run: run["name"] != "study: small, from runs.csv")
    assert study["tags"]["aebench.study.committed"] == "small"
    ok, diverged = sorted(rows, key=lambda run: run["name"])
    assert (ok["name"], ok["status"]) == ("width narrow, seed 0", "FINISHED")
    assert ok["params"] == {"width": "narrow", "seed": "0", "status": "ok", "run": "abc"}
    assert ok["metrics"] == {"test_sse": [(0, 2.5)], "updates": [(0, 80.0)]}
    assert (diverged["status"], diverged["metrics"]) == ("FAILED", {"updates": [(0, 8.0)]})


def test_a_second_time_adds_nothing_and_a_cut_log_is_made_anew(
    folder: Path, contents, monkeypatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(committed, "_log_row", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            track_committed()
    assert track_committed() == (1, 1)
    assert track_committed() == (0, 1)
    assert len(contents()) == 3
    # Its page is beside it.
    (parent,) = client().search_runs(["1"], "tags.`aebench.study.committed` = 'small'")
    names = {file.path for file in client().list_artifacts(parent.info.run_id)}
    assert names == {"index.md", "runs.csv"}
