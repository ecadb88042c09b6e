"""Models of the pipeline, of studies and of sweeps, by their names."""

from pathlib import Path

import pytest
import torch

import aebench
from aebench.commands.named.locate import dataset_of, locate
from aebench.core.errors import InputError
from aebench.core.sealed import read_sealed, write_sealed
from aebench.data.prepared import Prepared
from aebench.studies import config, grid, tune
from aebench.sweeps import selection
from aebench.sweeps.config import load_sweep
from aebench.sweeps.sweep import write_best
from aebench.training import saved_models
from aebench.training.runs import Run
from aebench.zoo import cards


def same(a: torch.nn.Module, b: torch.nn.Module) -> bool:
    ours, theirs = a.state_dict(), b.state_dict()
    return ours.keys() == theirs.keys() and all(ours[key].equal(theirs[key]) for key in ours)


def names(text: str) -> list[str]:
    return [line.partition("  ")[0] for line in text.splitlines()[1:]]


@pytest.fixture
def vae(train, cells, prepared: Prepared) -> Run:
    """The study's VAE of seed 1."""
    return train(cells()["model vae, rate low, seed 1"].specs(prepared)[-1])


def test_a_cell_of_a_study_is_a_model_of_every_command(vae: Run, run, project) -> None:
    for name in ("study:small/vae/1", "study:small/low/vae/1", "study:small/vae/1@tiny"):
        model = aebench.load(name)
        assert same(model, vae.model())
        assert not model.training and not any(p.requires_grad for p in model.parameters())
    answer = run("sample", "study:small/vae/1", "--count", 2, "-o", "new")
    assert (answer.returncode, len(list(Path("new").iterdir()))) == (0, 2), answer.stderr


def test_the_list_has_the_trained_models(vae: Run, train, cells, run, prepared, project) -> None:
    wide = cells()["model a/b, wide, rate high, seed 0"].specs(prepared)[-1]
    train(wide).copy_to(project / "models" / "mnist" / "finetune" / "scratch-seed-0")
    saved_models.save(vae, project / "models" / "tiny" / "vae.safetensors")
    answer = run("models")
    assert answer.returncode == 0
    wide_net = (
        "'study:small/a%2Fb, wide/high/0' stacked 1 x 6 x 6 model a/b, wide, rate high, seed 0"
    )
    assert wide_net in [" ".join(line.split()) for line in answer.stdout.splitlines()]
    listed = [
        *cards.names(),
        "pipeline:vae",
        "study:small/vae/1",
        "'study:small/a%2Fb, wide/high/0'",
        "pipeline:finetune/scratch-seed-0@mnist",
    ]
    assert names(answer.stdout) == listed
    assert "trained as a whole from a random start, seed 0" in answer.stdout
    # Of 2 VAEs and 4 wide nets; PCA is no model.
    assert "study small: 2 of 6 models are trained; `aebench study small --dataset tiny`" in (
        answer.stderr
    )
    assert "sweeps of tiny without trained models: 1; `aebench sweep NAME" in answer.stderr
    for name in listed:
        aebench.load(name.strip("'"))


def test_without_a_model_the_list_says_what_trains_one(project, run) -> None:
    answer = run("models")
    assert (answer.returncode, names(answer.stdout)) == (0, cards.names())
    assert answer.stderr.endswith(
        "none is trained here yet; `make repro` trains those of the pipeline\n"
    )


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (
            "study:small/vae/0",
            "study:small/vae/0: not trained; `aebench study small --dataset tiny`",
        ),
        ("study:small/low/0", "the levels of several models; allowed: study:small/vae/0, study:"),
        (
            "study:small/pca/low/0",
            "no model of this study; allowed: study:small/vae/0, study:small/",
        ),
        ("study:small/vae/7", "no model of this study; allowed: study:small/vae/0"),
        ("study:small", "no model of this study; allowed: study:small/vae/0"),
        ("study:other/0", "unknown study 'other'; allowed: small"),
        ("study:small/vae/0@kmnist", "sets: says nothing of 'kmnist'; allowed: tiny, mnist"),
        ("study:small/vae/0@mnist", "data/mnist/prepared.safetensors: no such file"),
        ("sweep:small/11", "no winner yet; `aebench sweep small --dataset tiny` finds it"),
        ("sweep:other/11", "unknown sweep 'other'; allowed: small"),
        ("pipeline:vae", "pipeline:vae: not trained; `make repro` with `datasets: [tiny]`"),
        ("pipeline:../x@mnist", "pipeline:../x@mnist: not trained"),
        ("study:", "study:: is not a whole name; allowed: names that `aebench models` lists"),
        ("pipeline:vae@tinny", "unknown data set 'tinny' (did you mean 'tiny'?); allowed: tiny"),
        ("nowhere", "nowhere: no such file, and no name of a model; allowed: names that `aebench"),
        ("mnist-vea", "mnist-vea (did you mean 'mnist-vae'?): no such file"),
    ],
)
def test_what_is_no_trained_model_is_one_line(name, said, project, run) -> None:
    answer = run("sample", name, "-o", "a.png")
    assert (answer.returncode, answer.stderr.count("\n")) == (2, 1), answer.stderr
    assert said in answer.stderr


def test_the_pipeline_lists_its_models_where_one_is_not_there(vae: Run, project) -> None:
    saved_models.save(vae, project / "models" / "tiny" / "vae.safetensors")
    with pytest.raises(InputError, match=r"no model of the pipeline; allowed: pipeline:vae$"):
        aebench.load("pipeline:autoencoder")


def test_a_sweeps_winner_has_the_best_settings(project, train, prepared) -> None:
    best = {"training.optimizer.lr": 0.0123456789}
    write_best(project / "reports" / "tiny" / "sweep" / "small" / selection.BEST, best)
    with pytest.raises(InputError, match="sweep:small/12: not trained; `aebench sweep small"):
        aebench.load("sweep:small/12")
    sweep = load_sweep("small", "tiny")
    candidates = [selection.Candidate("defaults", {}), selection.Candidate("trial 3", best)]
    runs = [train(cell.specs(prepared)[-1]) for cell in selection.cells(sweep, candidates)]
    assert same(aebench.load("sweep:small/12"), runs[3].model())
    assert not same(aebench.load("sweep:small/12"), aebench.load("sweep:small/11"))
    with pytest.raises(InputError, match=r"allowed: sweep:small/11, sweep:small/12$"):
        aebench.load("sweep:small/0")


def test_a_tuned_level_has_the_settings_of_its_best_trial(study, train, prepared) -> None:
    # Of limits that cannot be passed, so that no best value is at a border.
    rates = {"low": 1e-4, "high": 1e-2, "lowest": 1e-4, "highest": 1e-2}
    space = {"low": {"training.optimizer.lr": rates}}
    tuning = {"axis": "rate", "trials": 2, "seeds": [7], "space": space}
    study(tune=tuning)
    settings = config.load_study("small", "tiny")
    cells = {
        trial.number: grid.cells(settings, {"low": trial.overrides})[1]
        for trial in tune.trials(settings)
    }
    runs = {number: train(cell.specs(prepared)[-1]) for number, cell in cells.items()}
    for trial, error in zip(tune.trials(settings), (2.0, 1.0), strict=True):
        with pytest.raises(InputError, match="study:small/vae/1: not trained; `aebench study"):
            aebench.load("study:small/vae/1")
        train(trial.cells[0].specs(prepared)[-1], error)
    assert locate("study:small/vae/1").source == runs[2]


def test_a_saved_model_is_the_same_model(vae: Run, project, run) -> None:
    answer = run("save", "study:small/vae/1", "-o", "mine/first.safetensors")
    assert answer.returncode == 0, answer.stderr
    assert run("save", "mine/first.safetensors", "-o", "second.safetensors").returncode == 0
    for path in ("mine/first.safetensors", "second.safetensors"):
        assert same(aebench.load(path), vae.model())
        assert read_sealed(Path(path).with_suffix(".json"))["run"] == vae.id


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ("a.pt", "not the file of a model; allowed: names that end in .safetensors"),
        ("there.safetensors", "there.json: exists; --force writes over it"),
        ("models/tiny/vae.safetensors", "is an input; allowed: another output"),
    ],
)
def test_where_a_model_is_not_saved(output, said, vae: Run, project, run) -> None:
    saved_models.save(vae, project / "models" / "tiny" / "vae.safetensors")
    Path("there.json").write_text("mine")
    answer = run("save", "pipeline:vae", "-o", output)
    assert (answer.returncode, answer.stderr.count("\n")) == (2, 1), answer.stderr
    assert said in answer.stderr and Path("there.json").read_text() == "mine"


def test_a_damaged_run_is_named_and_stays_where_it_is(vae: Run, run) -> None:
    vae.weights.write_bytes(b"\0" + vae.weights.read_bytes()[1:])
    answer = run("sample", "study:small/vae/1", "-o", "a.png")
    assert (answer.returncode, answer.stderr.count("\n")) == (2, 1), answer.stderr
    assert "weights.safetensors: damaged" in answer.stderr and vae.folder.exists()


def test_weights_of_another_version_of_the_model_are_one_line(vae: Run) -> None:
    record = vae.record
    record["spec"]["model"]["latent"] = 3
    write_sealed(vae.folder / "run.json", record, record.pop("files"))
    with pytest.raises(InputError, match="not the weights of this version's model: "):
        aebench.load("study:small/vae/1")


def test_normal_are_validation_images_of_classes_that_training_has_seen(
    study, train, cells, prepared, run
) -> None:
    study(recipe={"training.without": [3]})
    train(cells()["model vae, rate low, seed 1"].specs(prepared)[-1])
    seen = sum(prepared.part("validation")[1] != 3)
    options = ["--samples", 2, "--false-alarms", 0.2]
    answer = run("score", "study:small/vae/1", "data:tiny/test", *options, "-o", "s.csv")
    assert answer.returncode == 0, answer.stderr
    assert f"{seen} normal images are scored" in answer.stdout


def test_a_saved_models_folder_says_its_data_set(vae: Run, project, run) -> None:
    path = project / "models" / "tiny" / "vae.safetensors"
    saved_models.save(vae, path)
    for name in ("pipeline:vae", path, "models/tiny/../tiny/vae.safetensors"):
        assert locate(name).dataset == "tiny"
    for name in ("vae.safetensors", "mine/tiny/vae.safetensors", "models/vae.safetensors"):
        assert dataset_of(name) is None
