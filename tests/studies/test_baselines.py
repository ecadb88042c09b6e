"""Cells without a training: baselines beside nets, in one grid."""

import csv
import json
import os
from pathlib import Path

import pytest

from aebench.core.errors import InputError
from aebench.studies.plan import plan
from aebench.studies.runner import StudyRunner

NOISE = {"name": "gaussian", "std": 0.2}
STUDY = {
    "seeds": [0, 1],
    "targets": [],
    "metric": "sse_per_image_seen",
    "recipe": {
        "objective.corruption": NOISE,
        "measures": [{"name": "denoising", "noise": NOISE}],
    },
    "axes": {
        "method": {"net": {}, "median": {"baseline": {"name": "median-filter"}}},
        "rate": {"low": {"training.optimizer.lr": 1e-3}, "high": {}},
    },
    "leave_out": [{"method": "median", "rate": "low"}],
    "claims": [
        {
            "claim": "Nets restore more legible images.",
            "metric": "psnr_db_seen",
            "a": {"method": "net"},
            "b": {"method": "median"},
            "expects": "higher",
        }
    ],
}
RESULTS = Path("reports", "tiny", "studies", "small")


def rows() -> list[dict[str, str]]:
    with (RESULTS / "runs.csv").open() as file:
        return list(csv.DictReader(file))


def test_a_baseline_is_measured_where_nets_are_and_nothing_is_trained_for_it(
    project, study
) -> None:
    study(**STUDY)
    work = StudyRunner("small", "tiny")
    assert "6 runs, 6 of them missing" in plan(work)
    assert work.run() == 0
    table = rows()
    nets, baselines = table[:4], table[4:]
    assert all(row["status"] == "ok" and float(row["sse_per_image_seen"]) > 0 for row in table)
    assert all(row["run"] and row["updates"] == "32" and not row["settings"] for row in nets)
    for row in baselines:
        assert row["settings"].startswith("size=")
        assert {row[name] for name in ("run", "updates", "epochs", "test_sse_per_image")} == {""}
    # Four nets, and the classifier that judges all.
    assert len(list(project.glob("runs/*/run.json"))) == 5
    (claim,) = json.loads((RESULTS / "claims.json").read_text())
    assert claim["budget"] == "32 gradient evaluations against 0"
    assert claim["effect"] is not None and claim["expects"] == "higher"
    took = json.loads(Path("reports/tiny/timings/study-small.json").read_text())
    label = "method median, rate high, seed 0"
    assert took["runs"][label] == []
    assert {"denoising", "denoising, tuning"} <= took["measured_seconds"][label].keys()
    again = plan(StudyRunner("small", "tiny"))
    assert "6 runs, 0 of them missing" in again
    assert f"there       baseline  {label}" in again


def test_a_baseline_s_measurement_is_kept_by_baseline_data_and_seed(project, study) -> None:
    study(**STUDY)
    StudyRunner("small", "tiny").run()
    first = (RESULTS / "runs.csv").read_bytes()
    kept = {path: path.stat().st_mtime_ns for path in project.glob("runs/measured/*")}
    StudyRunner("small", "tiny").run()
    assert (RESULTS / "runs.csv").read_bytes() == first
    assert {path: path.stat().st_mtime_ns for path in kept} == kept
    other = {"name": "median-filter", "size": [2]}
    study(
        **STUDY | {"axes": STUDY["axes"] | {"method": {"net": {}, "median": {"baseline": other}}}}
    )
    StudyRunner("small", "tiny").run()
    assert [row["settings"] for row in rows()[4:]] == ["size=2", "size=2"]


def test_what_is_certain_is_measured_once_for_all_seeds(project, study) -> None:
    measures = {"measures": [{"name": "lossy", "rates": [4.0]}]}
    study(seeds=[0, 1], targets=[], metric="sse_per_image_at_4", recipe=measures,
          axes={"method": {"jpeg": {"baseline": {"name": "jpeg"}}}}, claims=[])  # fmt: skip
    assert StudyRunner("small", "tiny").run() == 0
    assert len({row["sse_per_image_at_4"] for row in rows()}) == 1 and len(rows()) == 2
    assert len(list(project.glob("runs/measured/*.json"))) == 1


def test_mlflow_has_an_entry_for_each_baseline(project, study) -> None:
    study(**STUDY)
    for _ in range(2):
        StudyRunner("small", "tiny").run()
    import mlflow

    client = mlflow.MlflowClient(os.environ["MLFLOW_TRACKING_URI"])
    found = client.search_runs([client.get_experiment_by_name("tiny").experiment_id])
    baselines = [run for run in found if run.data.params.get("baseline.name") == "median-filter"]
    assert sorted(run.data.params["seed"] for run in baselines) == ["0", "1"]
    (row,) = (row for row in rows() if row["method"] == "median" and row["seed"] == "0")
    (run,) = (run for run in baselines if run.data.params["seed"] == "0")
    assert run.info.status == "FINISHED" and "mlflow.parentRunId" in run.data.tags
    assert run.data.metrics["ssim_seen"] == pytest.approx(float(row["ssim_seen"]))
    assert f"size={run.data.params['chosen.size']}" == row["settings"]


MAP = {"measures": [{"name": "map"}]}
ANOMALY = {"measures": [{"name": "anomaly"}]}


@pytest.mark.parametrize(
    ("level", "message"),
    [
        ({"tool": {"name": "median-filter"}}, "unknown key 'tool'; allowed: "),
        ({"baseline": {"name": "blur"}}, "unknown name 'blur'; allowed: avif, brotli, "),
        ({"baseline": {"name": "median-filter", "sizes": [3]}},
         "unknown key 'sizes' (did you mean 'size'?)"),
        ({"baseline": {"name": "median-filter", "size": []}}, "at least 1 item"),
        ({"baseline": {"name": "t-sne"}}, "denoising: it removes no noise; allowed"),
        ({"baseline": {"name": "pca"}, "measures": []}, "baseline: nothing is measured of it"),
        ({"baseline": {"name": "median-filter"}} | MAP, "map: it makes no map; allowed"),
        (MAP, "map: it makes no map; allowed"),
        ({"model.widths": [2]} | {"measures": [{"name": "map", "neighbours": 20}]},
         "20 is not allowed with 40 images"),
        ({"baseline": {"name": "umap"}, "training.without": [1]} | ANOMALY, "is no detector"),
        ({"baseline": {"name": "pca"}, "training.without": [1]} | ANOMALY, "exactly one value"),
        (ANOMALY, "anomaly: no image is anomalous"),
        ({"training.without": [9]} | ANOMALY, "no image has the label 9; allowed: 0, 1, 2, 3"),
        ({"training.without": [0, 1, 2, 3]}, "no train image would be left"),
        ({"training.without": [1], "measures": [{"name": "anomaly", "score": "likelihood"}]},
         "the model has no likelihood"),
        ({"measures": [{"name": "anomaly", "against": "other"}]}, "no such file"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_one_line_before_anything_is_done(level, message, project, study) -> None:
    study(**STUDY | {"axes": {"method": {"this": level}}, "leave_out": [], "claims": []})
    with pytest.raises(InputError) as caught:
        StudyRunner("small", "tiny")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not (project / "runs").exists()


def test_a_baseline_cannot_be_tuned_by_trials(project, study) -> None:
    hyperparameter = {"training.optimizer.lr": {"low": 1e-3, "high": 1e-1}}
    tune = {"axis": "method", "trials": 2, "seeds": [9], "space": {"median": hyperparameter}}
    study(**STUDY | {"tune": tune})
    with pytest.raises(InputError, match="a baseline is not tuned by trials"):
        StudyRunner("small", "tiny")
