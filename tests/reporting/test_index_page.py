"""The page of all results, while stages of other data sets are under way."""

from pathlib import Path

from aebench.reporting.index_page import write_index


def test_a_report_whose_metrics_are_being_made_anew_is_left_out(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, metrics in (("whole", "{}"), ("cut", None)):
        folder = Path("reports") / name
        folder.mkdir(parents=True)
        (folder / "report.html").write_text("<h1>report</h1>")
        if metrics:
            (folder / "metrics.json").write_text(metrics)
    write_index()
    page = Path("reports/index.html").read_text()
    assert "whole/report.html" in page and "cut/report.html" not in page
