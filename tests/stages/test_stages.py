"""Stages on a small data set without labels, not square and in colour, in this process."""

from typing import Literal

import numpy as np
import pytest
import torch
from ruamel.yaml import YAML

from aebench import load, paths
from aebench.data.dataset import DataSet
from aebench.data.raw import Raw
from aebench.errors import InputError
from aebench.files import read_json
from aebench.stages.evaluate import evaluate, first_of_each_class
from aebench.stages.finetune import finetune, same_budget
from aebench.stages.job import Job, stage_run
from aebench.stages.prepare import prepare
from aebench.stages.pretrain import pretrain
from aebench.stages.report import report
from aebench.stages.vae import vae

TRAINING = {
    "epochs": 2,
    "batch_size": 10,
    "optimizer": {"name": "adamw", "lr": 0.01},
    "schedule": {"name": "constant"},
}
DENSE = {"widths": [7], "unit": "tanh"}
PARAMS = {
    "datasets": ["small"],
    "seeds": [0, 1],
    "precision": "fp32",
    "sets": {"small": {"source": "colours", "validation": 16, "test": 20}},
    "autoencoder": {"widths": [12, 9, 4], "unit": "silu", "loss": "sse"},
    "pretrain": {
        "method": "greedy",
        "corruption": [0.2, 0.0, {"name": "gaussian", "std": 0.1}],
        "training": TRAINING,
    },
    "finetune": {
        "corruption": {"name": "salt-and-pepper", "rate": 0.1},
        "training": TRAINING | {"batch_size": 20},
    },
    "vae": {
        "encoder": DENSE,
        "decoder": DENSE,
        "latent": 3,
        "binarization": "stochastic",
        "training": TRAINING,
    },
    "evaluate": {"nll_samples": 3},
}


def colours() -> Raw:
    """100 images of 3 x 6 x 5 without labels: two smooth patterns, mixed."""
    generator = np.random.default_rng(0)
    patterns = generator.random((2, 3, 6, 5))
    mixed = np.tensordot(generator.random((100, 2)), patterns, 1) / 2
    return Raw((mixed * 255).astype(np.uint8), None, None, ())


@pytest.fixture
def project(tmp_path, monkeypatch, registered):
    """A folder with PARAMS; gives a function that changes a section and runs `prepare`."""
    monkeypatch.chdir(tmp_path)

    class Colours(DataSet):
        source: Literal["colours"]

        def read(self) -> Raw:
            return colours()

    monkeypatch.setenv("AEBENCH_RUNS", str(tmp_path / "runs"))
    # Nobody listens there: tracking has tests of its own.
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")

    def write(**sections):
        with (tmp_path / "params.yaml").open("w") as file:
            YAML().dump(PARAMS | sections, file)
        prepare("small")

    write()
    return write


@pytest.mark.usefixtures("project")
def test_what_a_source_returns_is_checked_before_anything_is_written(registered):
    class Floats(DataSet):
        source: Literal["floats"]

        def read(self) -> Raw:
            return Raw(np.zeros((40, 6, 5)), None, None, ())

    sets = {"floats": {"source": "floats", "validation": 10, "test": 12}}
    with open("params.yaml", "w") as file:
        YAML().dump(PARAMS | {"datasets": ["floats"], "sets": sets}, file)
    with pytest.raises(InputError, match=r"source 'floats': images are float64 .*; expected uint8"):
        prepare("floats")
    assert not paths.prepared("floats").exists() and not paths.report("floats").exists()


def test_the_whole_pipeline_without_labels_in_colour(project):
    for stage in (pretrain, finetune, vae, evaluate, report):
        stage("small")
    metrics = read_json(paths.report("small") / "metrics.json")
    assert metrics["pca"]["test"]["sse_per_image"] < 0.01
    assert load(paths.model("small", "vae")).sample(2).shape == (2, 3, 6, 5)
    assert "3 x 6 x 5" in (paths.report("small") / "report.md").read_text()


@pytest.mark.parametrize("method", ["greedy", "grow"])
def test_pretraining_freezes_or_goes_on_with_the_outer_layers(project, method):
    project(pretrain=PARAMS["pretrain"] | {"method": method})
    pretrain("small")
    before, after = (
        stage_run("small", "pretrain", f"layer-{depth}-seed-0").model() for depth in (1, 2)
    )
    outer = (
        (before.encoder.layers[0], after.encoder.layers[0]),
        (before.decoder.layers[0], after.decoder.layers[1]),
    )
    for old, new in outer:
        assert torch.equal(old.weight, new.weight) == (method == "greedy")


def test_the_stage_keeps_the_seed_that_is_best_on_validation(project):
    pretrain("small")
    finetune("small")
    runs = [stage_run("small", "finetune", f"finetuned-seed-{seed}") for seed in (0, 1)]
    best = min(runs, key=lambda run: run.validation_loss)
    assert read_json(paths.model("small", "autoencoder").with_suffix(".json"))["run"] == best.id


def test_from_scratch_gets_the_updates_of_pretraining_and_fine_tuning(project):
    job = Job.open("small", "finetune")
    # 64 images: 6 updates an epoch and layer in pretraining, 3 an epoch in fine-tuning.
    assert same_budget(job).epochs == 2 + 3 * 2 * 6 / 3


def test_examples_show_each_class_first():
    labels = np.array([1, 1, 0, 2, 2, 0])
    assert list(first_of_each_class(labels, 4)) == [2, 0, 3, 1]
    assert list(first_of_each_class(None, 3)) == [0, 1, 2]


@pytest.mark.usefixtures("project")
def test_a_stage_before_its_time_names_the_one_that_is_missing():
    with pytest.raises(InputError, match="`aebench pretrain tiny` trains it"):
        stage_run("tiny", "pretrain", "layer-1-seed-0")
    with pytest.raises(InputError, match=r"metrics.json: not there; `aebench evaluate small`"):
        report("small")
