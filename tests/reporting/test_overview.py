"""No number in the README is typed in by hand."""

import subprocess
from pathlib import Path

import pytest

from aebench.core.errors import InputError
from aebench.reporting import overview

PROJECT = Path(__file__).parents[2]


def test_the_readme_says_what_the_metrics_say(monkeypatch):
    monkeypatch.chdir(PROJECT)
    changes = ["git", "status", "--porcelain", "--", "reports/*/metrics.json"]
    if subprocess.run(changes, capture_output=True, text=True, check=False).stdout:
        pytest.skip("results of one's own are here; `make readme` writes them into the table")
    assert overview.table() in (PROJECT / "README.md").read_text()


def test_a_readme_without_its_marks_is_left_alone(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("README.md").write_text("no marks")
    with pytest.raises(InputError, match="marks"):
        overview.write_readme()
    assert Path("README.md").read_text() == "no marks"
