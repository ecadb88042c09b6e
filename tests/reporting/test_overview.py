"""No number in the README is typed in by hand."""

from pathlib import Path

import pytest
from committed import committed

from aebench.core.errors import InputError
from aebench.reporting import overview


def test_the_readme_says_what_the_metrics_say(monkeypatch):
    monkeypatch.chdir(committed())
    assert overview.table() in Path("README.md").read_text()


def test_a_readme_without_its_marks_is_left_alone(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("README.md").write_text("no marks")
    with pytest.raises(InputError, match="marks"):
        overview.write_readme()
    assert Path("README.md").read_text() == "no marks"
