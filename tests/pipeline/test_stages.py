"""Stages on a small data set without labels, not square and in colour, in this process."""

import copy
import re
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
import torch
from ruamel.yaml import YAML

from aebench import load
from aebench.cli import main
from aebench.core import paths
from aebench.core.errors import InputError
from aebench.core.files import read_json
from aebench.core.overrides import merge
from aebench.core.sealed import read_sealed
from aebench.data.dataset import DataSet
from aebench.data.prepared import PARTS
from aebench.data.raw import Raw
from aebench.experiments.context import RunContext
from aebench.experiments.recipe import from_scratch
from aebench.pipeline import side_by_side, vae_metrics
from aebench.pipeline.evaluate import evaluate, in_turn, whole_turns
from aebench.pipeline.finetune import finetune
from aebench.pipeline.job import Job, config_and_data, stage_run
from aebench.pipeline.prepare import prepare
from aebench.pipeline.pretrain import pretrain
from aebench.pipeline.report import report
from aebench.pipeline.vae import vae
from aebench.reporting.render import value

TRAINING = {
    "epochs": 2,
    "batch_size": 10,
    "optimizer": {"name": "adamw", "lr": 0.01},
    "schedule": {"name": "constant"},
}
DENSE = {"widths": [7], "unit": "tanh"}
NOISE = {"name": "salt-and-pepper", "rate": 0.1}
AUTOENCODER = {
    "model": {"name": "stacked", "widths": [12, 9, 4], "unit": "silu"},
    "objective": {"name": "reconstruction", "loss": "sse", "corruption": NOISE},
    "pretrain": {
        "method": "greedy",
        "epochs": 2,
        "batch_size": 10,
        "corruption": [0.2, 0.0, {"name": "gaussian", "std": 0.1}],
    },
    "training": TRAINING | {"batch_size": 20},
}
VAE = {
    "model": {"name": "vae", "latent": 3, "encoder": DENSE, "decoder": DENSE},
    "objective": {"name": "elbo", "binarization": "stochastic"},
    "training": TRAINING,
}
PARAMS = {
    "datasets": ["small"],
    "seeds": [0, 1],
    "precision": "fp32",
    "threads": 1,
    "sets": {"small": {"source": "colours", "validation": 16, "test": 20, "recipes": "file"}},
    "recipes": {"autoencoder": AUTOENCODER, "vae": VAE},
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
    """A folder with PARAMS; gives a function that changes some of it and runs `prepare`."""
    monkeypatch.chdir(tmp_path)

    class Colours(DataSet):
        source: Literal["colours"]

        def read(self) -> Raw:
            return colours()

    monkeypatch.setenv("AEBENCH_RUNS", str(tmp_path / "runs"))
    # Nobody listens there: tracking has tests of its own.
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")

    def write(changes=None):
        with (tmp_path / "params.yaml").open("w") as file:
            YAML().dump(merge(copy.deepcopy(PARAMS), changes or {}), file)
        prepare("small")

    write()
    return write


@pytest.fixture
def run_command(monkeypatch, capsys):
    """Run a command in this process; gives its exit code and, where it is 2, what it says."""

    def run_command(*arguments):
        monkeypatch.setattr("sys.argv", ["aebench", *arguments])
        capsys.readouterr()
        code = main()
        said = capsys.readouterr().err
        return code, said if code == 2 else ""

    return run_command


@pytest.mark.usefixtures("project")
def test_what_a_source_returns_is_checked_before_anything_is_written(registered):
    class Floats(DataSet):
        source: Literal["floats"]

        def read(self) -> Raw:
            return Raw(np.zeros((40, 6, 5)), None, None, ())

    sets = {"floats": {"source": "floats", "validation": 10, "test": 12, "recipes": "file"}}
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


CONV = {"net": "conv", "channels": [4], "unit": "relu"}


def test_the_whole_pipeline_of_a_net_without_layers_to_train_one_by_one(project):
    model = {"name": "autoencoder", "code": 4, "encoder": CONV, "decoder": CONV}
    measures = [{"name": "denoising", "noise": NOISE}]
    recipe = {"model": model, "pretrain": None, "measures": measures}
    project({"recipes.autoencoder": recipe, "sets.small.overrides": {"threads": 2}})
    for stage in (pretrain, finetune, vae, evaluate, report):
        stage("small")
    (note,) = paths.stage_runs("small", "pretrain").iterdir()
    assert "none of these" in note.read_text()
    metrics = read_json(paths.report("small") / "metrics.json")
    assert metrics.keys() == {"pca", "scratch", "vae"}
    assert metrics["pca"]["components"] == 4
    images = torch.zeros(2, 3, 6, 5)
    assert load(paths.model("small", "autoencoder")).encode(images).shape == (2, 4)
    for stage, label in (("finetune", "scratch-seed-0"), ("vae", "vae-seed-0")):
        assert stage_run("small", stage, label).spec.threads == 2
    text = (paths.report("small") / "report.md").read_text()
    error = value(metrics, "scratch.test.sse_per_image")
    assert f"It leaves a squared error of\n**{error}** an image" in text
    assert "| | autoencoder | VAE |" in text
    assert "| net | autoencoder; encoder conv 4; decoder conv 4 | vae; encoder 90-7, tanh; " in text
    for word in ("pretrain", "fine-tuned", "pretraining", "from scratch"):
        assert word not in text
    restored = value(metrics, "scratch.measured.sse_per_image_seen")
    assert f"| autoencoder | sse per image seen | {restored} | squared error" in text


def test_the_whole_pipeline_of_a_vae_of_grey_values_with_a_learned_prior(project):
    model = {"likelihood": "beta-binomial", "prior": {"name": "vamp", "pseudo_inputs": 5}}
    recipe = {"model": model, "objective.binarization": "none"}
    project({"recipes.vae": recipe})
    for stage in (pretrain, finetune, vae, evaluate, report):
        stage("small")
    generator = load(paths.model("small", "vae"))
    assert generator.sample(2).shape == (2, 3, 6, 5)
    assert generator.pseudo_inputs().shape == (5, 3, 6, 5)
    test = read_json(paths.report("small") / "metrics.json")["vae"]["test"]
    assert -test["elbo"] == pytest.approx(test["reconstruction"] + test["kl"])
    # Nats of 90 numbers from 0 to 255: at most those of an even distribution.
    assert 0 < test["nll"] < 90 * 5.55
    text = (paths.report("small") / "report.md").read_text()
    assert "Nats an image, targets the grey values themselves, 3 latents." in text


LATENTS = [{"name": "latents"}]
CLASSIFIER = {"name": "classifier", "classes": 2, "features": 3, "encoder": DENSE}


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        (
            {"recipes.vae.measures": LATENTS},
            "recipe vae, seed 0: measures: latents: it needs labels",
        ),
        (
            {"recipes.vae.objective": {"name": "classify"}},
            "recipe vae, seed 0: objective: classify",
        ),
        (
            {"recipes.vae": AUTOENCODER | {"pretrain": None}},
            "recipes.vae.model: stacked has no likelihood to draw images from; allowed: ",
        ),
        (
            {"recipes.autoencoder": {"model": CLASSIFIER, "objective": {"name": "classify"}}},
            "recipe autoencoder, seed 0: model: it needs labels",
        ),
    ],
)
def test_a_mistake_in_any_recipe_is_one_line_before_the_first_training(
    changes, says, project, run_command
):
    project({"recipes.autoencoder.pretrain": None} | changes)
    for stage in ("pretrain", "evaluate"):
        code, said = run_command(stage, "small")
        assert code == 2 and said.startswith(f"aebench: {says}") and said.count("\n") == 1
    assert not paths.stage_runs("small", "pretrain").exists()


MODULE = "aebench.models.vae"


@pytest.mark.parametrize("option", [["--retrain"], ["--accept-code", "a name only"]])
def test_runs_of_other_code_are_an_error_until_somebody_decides(
    option, project, run_command, of_other_code
):
    project({"seeds": [0]})
    assert run_command("vae", "small")[0] == 0
    run = stage_run("small", "vae", "vae-seed-0")
    folder = Path("runs") / run.id
    of_other_code(folder / "run.json", MODULE)
    before = {name: (folder / name).stat().st_mtime_ns for name in ("history.csv", "run.json")}
    code, said = run_command("vae", "small")
    assert code == 2 and said.count("\n") == 1
    assert f"the code of {MODULE} has changed since 1 results were made ({run.id})" in said
    assert "--retrain" in said and "--accept-code REASON" in said
    assert before == {name: (folder / name).stat().st_mtime_ns for name in before}

    assert run_command("vae", "small", *option)[0] == 0
    record = read_sealed(folder / "run.json")
    again = (folder / "history.csv").stat().st_mtime_ns != before["history.csv"]
    assert again == (option == ["--retrain"])
    assert record["code"] == run.code and record["metrics"] == run.metrics
    accepted = [{"reason": "a name only", "code": {MODULE: "0123456789abcdef"}}]
    assert record.get("accepted", []) == ([] if again else accepted)
    # The stage's copy says so, too.
    assert stage_run("small", "vae", "vae-seed-0").record == record
    assert run_command("vae", "small")[0] == 0


def test_a_stage_does_not_go_on_from_runs_of_other_settings_or_other_code(
    project, run_command, of_other_code
):
    project({"seeds": [0]})
    pretrain("small")
    copy_of_run = paths.stage_runs("small", "pretrain") / "layer-3-seed-0" / "run.json"
    whole = copy_of_run.read_bytes()
    of_other_code(copy_of_run, "aebench.core.seeding")
    refused = (
        f"aebench: {copy_of_run.parent}: of other settings or other code; "
        "`aebench pretrain small --retrain` trains it again\n"
    )
    assert run_command("finetune", "small") == (2, refused)
    copy_of_run.write_bytes(whole)
    project({"seeds": [0], "recipes.autoencoder.pretrain.epochs": 3})
    assert run_command("finetune", "small") == (2, refused)
    project({"seeds": [0]})
    assert run_command("finetune", "small")[0] == 0


@pytest.mark.parametrize("method", ["greedy", "grow"])
def test_pretraining_freezes_or_goes_on_with_the_outer_layers(project, method):
    project({"recipes.autoencoder.pretrain.method": method})
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
    scratch = from_scratch(job.config.recipes.autoencoder, len(job.prepared.part("train")[0]))
    assert scratch.training.epochs == 2 + 3 * 2 * 6 / 3
    assert len(scratch.steps) == 1


def test_examples_show_the_classes_in_turn():
    labels = np.array([1, 1, 0, 2, 2, 0, 1])
    assert list(in_turn(labels, 7)) == [2, 0, 3, 5, 1, 4, 6]
    assert list(in_turn(labels, 4)) == [2, 0, 3, 5]


@pytest.mark.parametrize(("classes", "shown"), [(1, 12), (5, 10), (6, 12), (10, 10), (13, 12)])
def test_examples_show_each_class_as_often(classes, shown):
    assert whole_turns(np.arange(26) % classes, 12) == shown
    assert whole_turns(None, 12) == 12


@pytest.mark.slow
@pytest.mark.usefixtures("project")
def test_trainings_side_by_side_give_the_same_bytes(tmp_path, monkeypatch, capsys):
    def weights():
        pretrain("small")
        labels = [f"layer-{depth}-seed-{seed}" for depth in (1, 2) for seed in (0, 1)]
        return [stage_run("small", "pretrain", label).weights.read_bytes() for label in labels]

    alone = weights()
    assert "at a time" not in capsys.readouterr().out
    monkeypatch.setenv("AEBENCH_RUNS", str(tmp_path / "others"))
    monkeypatch.setattr("os.sched_getaffinity", lambda _: range(2))
    monkeypatch.setattr(side_by_side, "WORTH_IT", 0)
    assert weights() == alone
    assert "2 trainings, 2 at a time" in capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.usefixtures("project")
def test_vaes_measured_side_by_side_have_the_same_numbers(monkeypatch):
    vae("small")
    config, prepared = config_and_data("small")
    context = RunContext.here("small", prepared)
    images = {part: prepared.part(part)[0] for part in PARTS}
    runs = [stage_run("small", "vae", f"vae-seed-{seed}") for seed in config.seeds]
    alone = vae_metrics.vae_metrics(runs, images, context, 3, 1)
    assert [metrics["test"]["nll_samples"] for metrics in alone] == [3, 3]
    monkeypatch.setattr("os.sched_getaffinity", lambda _: range(2))
    monkeypatch.setattr(vae_metrics, "WORTH_IT", 0)
    monkeypatch.setattr(vae_metrics, "_measured", None)
    assert vae_metrics.vae_metrics(runs, images, context, 3, 1) == alone


@pytest.mark.usefixtures("project")
def test_a_stage_prints_what_each_training_cost_and_tracks_none_of_it(capsys):
    vae("small")
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["vae-seed-0", "vae-seed-1", "map-seed-0"]
    assert all(re.fullmatch(r"\S+ +\d+\.\d s  \S.*", line) for line in lines)
    assert not list(paths.report("small").rglob("*timings*"))


@pytest.mark.usefixtures("project")
def test_a_stage_before_its_time_names_the_one_that_is_missing():
    with pytest.raises(InputError, match="`aebench pretrain tiny` trains it"):
        stage_run("tiny", "pretrain", "layer-1-seed-0")
    with pytest.raises(InputError, match=r"metrics.json: not there; `aebench evaluate small`"):
        report("small")
