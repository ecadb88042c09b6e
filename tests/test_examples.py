"""The examples of plug-ins at work: through the pipeline, a study on Dask's workers, commands."""

import csv
import json
import os
import shutil
from pathlib import Path

import pytest
import warm
from ruamel.yaml import YAML
from tiny_project import write_yaml

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"
PARAMS = YAML(typ="safe", pure=True).load((EXAMPLES / "params.yaml").read_text())
STUDY = {
    "title": "Examples",
    "question": "Do they work here, too?",
    "seeds": [0, 1],
    "recipe": PARAMS["recipes"]["autoencoder"],
    "axes": {
        "method": {
            "net": {},
            "filter": {
                "baseline": {"name": "mean-filter"},
                "measures": [
                    {
                        "name": "denoising",
                        "noise": {"name": "gaussian", "std": 0.3},
                        "images": 20,
                        "tuning": 20,
                        "classifier_epochs": 1,
                    }
                ],
            },
        }
    },
    "metric": "sharpness",
    "results": ["sharpness", "sse_per_image_seen"],
    "sets": {"stripes": {}},
}

pytestmark = pytest.mark.slow


def run(folder: Path, *arguments: str, code: int = 0) -> str:
    """The output of an `aebench` command in the project; errors come after it."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("AEBENCH_", "MLFLOW_"))}
    # Nobody listens there: tracking has tests of its own.
    command = warm.aebench(
        *arguments, cwd=folder, env=kept | {"MLFLOW_TRACKING_URI": "http://127.0.0.1:9"}
    )
    return "".join(command.finish(code))


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Path:
    """A project whose data, nets, objective, optimizer and measure are the examples'."""
    folder = tmp_path_factory.mktemp("examples")
    for path in EXAMPLES.iterdir():
        if path.is_file():
            shutil.copy(path, folder)
    write_yaml(folder / "studies" / "examples.yaml", STUDY)
    for stage in ("prepare", "finetune", "vae", "evaluate", "report"):
        run(folder, stage, "stripes")
    return folder


def test_the_pipeline_measures_and_reports_what_they_bring(project: Path) -> None:
    report = project / "reports" / "stripes"
    metrics = json.loads((report / "metrics.json").read_text())
    assert metrics["scratch"]["test"]["sse_per_image"] > 0
    assert 0 < metrics["scratch"]["measured"]["sharpness"] < 2
    assert metrics["scratch"]["measured"]["sharpness_sd"] > 0
    text = (report / "report.md").read_text()
    assert "lion, lr 0.002" in text and "encoder mixer" in text
    assert "edges of reconstructed test images" in text


def test_commands_use_a_model_that_needs_them(project: Path) -> None:
    vae = "models/stripes/vae.safetensors"
    run(project, "sample", vae, "--count", "3", "-o", "samples")
    for command in ("reconstruct", "encode"):
        output = {"reconstruct": "reconstructed", "encode": "codes.npz"}[command]
        run(project, command, "models/stripes/autoencoder.safetensors", "samples", "-o", output)
    assert len(list((project / "reconstructed").glob("*.png"))) == 3


def test_a_study_uses_them_on_the_workers_of_dask(project: Path) -> None:
    run(project, "study", "examples", "--workers", "2")
    with (project / "reports/stripes/studies/examples/runs.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["status"] for row in rows] == ["ok"] * 4
    assert all(float(row["sharpness"]) > 0 for row in rows if row["method"] == "net")
    assert all(float(row["psnr_db_seen"]) > 10 for row in rows if row["method"] == "filter")


def test_an_edit_of_a_plug_in_stops_a_study_until_it_is_provided_for(project: Path) -> None:
    nets = {"axes": {"method": {"net": {}}}, "seeds": [0], "results": ["sharpness"]}
    write_yaml(project / "studies" / "edited.yaml", STUDY | nets)
    run(project, "study", "edited")
    path = project / "mixer.py"
    text = path.read_text()
    try:
        path.write_text(text.replace("nn.GELU()", "nn.Tanh()"))
        line = run(project, "study", "edited", code=2)
        assert line.count("\n") == 1
        assert "plug-in mixer" in line and "--retrain" in line and "--accept-code" in line
        run(project, "study", "edited", "--accept-code", "only for this test")
        assert run(project, "study", "edited").count("changed since") == 0
    finally:
        path.write_text(text)
    # They were accepted as of the other code.
    run(project, "study", "edited", "--retrain")


def test_without_its_name_in_params_a_plug_in_is_missed_in_one_line(project: Path) -> None:
    write_yaml(project / "params.yaml", PARAMS | {"plugins": []})
    try:
        line = run(project, "check", code=2)
        assert line.count("\n") == 1 and "unknown name '" in line
        line = run(project, "sample", "models/stripes/vae.safetensors", "-o", "none.png", code=2)
        assert line.count("\n") == 1 and "needs the plug-in 'mixer'" in line
    finally:
        write_yaml(project / "params.yaml", PARAMS)
