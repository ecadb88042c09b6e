"""People's own images through the stages: colour or grey, with labels or without, and odd ones."""

import os
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from ruamel.yaml import YAML

from aebench import load
from aebench.cli import main
from aebench.core import paths
from aebench.core.files import read_json
from aebench.pipeline.evaluate import evaluate
from aebench.pipeline.finetune import finetune
from aebench.pipeline.job import config_and_data
from aebench.pipeline.prepare import prepare
from aebench.pipeline.pretrain import pretrain
from aebench.pipeline.report import report
from aebench.pipeline.suggest import suggest
from aebench.pipeline.vae import vae

TRAINING = {
    "epochs": 1,
    "batch_size": 20,
    "optimizer": {"name": "adamw", "lr": 0.01},
    "schedule": {"name": "constant"},
}
DENSE = {"widths": [7], "unit": "tanh"}
SPLIT = {"validation": 10, "test": 12}
FILES = {**SPLIT, "recipes": "file"}
# Less than the recipes that suit the images ask for.
SHORT = {
    f"recipes.{name}.training": {"epochs": 3, "schedule.warmup": 2}
    for name in ("autoencoder", "vae")
}
PARAMS = {
    "datasets": ["mine"],
    "seeds": [0],
    "precision": "fp32",
    "threads": 1,
    "sets": {
        "mine": {"source": "images", "path": "own/mine", "broken": "skip", **FILES},
        "strict": {"source": "images", "path": "own/mine", **FILES},
        "zipped": {"source": "array", "path": "own/zipped.npz", **FILES},
        "rows": {"source": "table", "path": "own/rows.csv", **FILES},
        "fitted": {"source": "images", "path": "own/mine", **SPLIT, "overrides": SHORT},
    },
    "recipes": {
        "autoencoder": {
            "model": {"name": "stacked", "widths": [9, 4], "unit": "silu"},
            "objective": {"name": "reconstruction", "loss": "sse"},
            "pretrain": {"method": "greedy", "epochs": 1},
            "training": TRAINING,
        },
        "vae": {
            "model": {"name": "vae", "latent": 3, "encoder": DENSE, "decoder": DENSE},
            "objective": {"name": "elbo", "binarization": "stochastic"},
            "training": TRAINING,
        },
    },
    "evaluate": {"nll_samples": 2},
}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with PARAMS and 50 images of 20 x 24, in colour, in a folder without classes."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AEBENCH_RUNS", str(tmp_path / "runs"))
    # Nobody listens there: tracking has tests of its own.
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    (tmp_path / "own" / "mine").mkdir(parents=True)
    for i, image in enumerate(pictures()):
        Image.fromarray(image).save(tmp_path / "own" / "mine" / f"{i:02d}.png")
    with (tmp_path / "params.yaml").open("w") as file:
        YAML().dump(PARAMS, file)
    return tmp_path


def pictures() -> np.ndarray:
    """50 x 20 x 24 x 3: two smooth patterns, mixed."""
    generator = np.random.default_rng(0)
    patterns = generator.random((2, 20, 24, 3))
    return (np.tensordot(generator.random((50, 2)), patterns, 1) * 127).astype(np.uint8)


def run(dataset: str) -> str:
    """The report's text, after all stages."""
    for stage in (prepare, pretrain, finetune, vae, evaluate, report):
        stage(dataset)
    return (paths.report(dataset) / "report.md").read_text()


def test_colour_images_of_another_size_without_labels_one_broken(
    project: Path, capsys: pytest.CaptureFixture
) -> None:
    (project / "own" / "mine" / "a&b.png").write_bytes(b"")
    text = run("mine")
    assert "3 x 20 x 24 (channels" in text
    assert "1440 pixels, each of the 3 colours counted, as a code of 4" in text
    assert "They have no labels, so that nothing here is told by class." in text
    assert "a row a class" not in text
    card = read_json(paths.report("mine") / "data" / "card.json")
    assert card["images"] == {"train": 28, "validation": 10, "test": 12}
    assert "images_per_class" not in card
    note = "Left out: 1 broken file: a&b.png (empty)"
    assert card["notes"] == [note] and f"aebench: sets.mine: {note}\n" in capsys.readouterr().err
    assert "Left out: 1 broken file: a&b.png (empty)." in text
    assert load(paths.model("mine", "vae")).sample(2).shape == (2, 3, 20, 24)
    measured = read_json(paths.report("mine") / "metrics.json")
    # Two patterns: two components suffice, but for rounding.
    assert measured["pca"]["test"]["sse_per_image"] < 0.1


def test_recipes_that_suit_the_images(project: Path) -> None:
    text = run("fitted")
    assert "Begun at PCA and trained end to end, it leaves" in text
    assert re.search(r"\| (\*\*)?from PCA(\*\*)? \|", text) and "fine-tuned" not in text
    # The set's overrides make trainings shorter, so that not all reasons hold.
    assert "chosen to suit these images (`recipes: auto`), and changed by the set's" in text
    measured = read_json(paths.report("fitted") / "metrics.json")
    linear, net = (measured[name]["validation"]["sse_per_image"] for name in ("pca", "finetuned"))
    assert net <= linear * (1 + 1e-5)
    # Mixtures of two patterns are nearly free of noise: a file of all has fewer bits than a byte's.
    tool = measured["general_tool"]
    assert 0 < tool["test"]["bits_per_value"] < 8
    assert f"and lossless {tool['called']} " in text and f"| lossless {tool['called']} |" in text
    # Written into params.yaml, they are the same trainings.
    before = config_and_data("fitted")[0]
    suggested = suggest("fitted", write=True)
    assert "# Pixels are colours of 256 values" in suggested
    assert "# The nets are dense, since 3 x 20 x 24 is up to 4,096 numbers an image" in suggested
    assert "likelihood: {name: colour-logistic}" in suggest("fitted", write=False)
    after = config_and_data("fitted")[0]
    assert after == before and after.recipes.vae.training.epochs == 3
    text = (project / "params.yaml").read_text()
    assert "    # Pixels are colours of 256 values" in text
    suggest("fitted", write=True)
    assert (project / "params.yaml").read_text() == text
    written = YAML().load(text)["sets"]["fitted"]["overrides"]
    assert written["recipes"]["autoencoder"]["model"]["linear"] == "pca"


def test_grey_images_with_labels(project: Path) -> None:
    grey = np.ascontiguousarray(pictures()[..., 0])
    np.savez(project / "own" / "zipped.npz", images=grey, labels=np.array(["b", "a"] * 25))
    text = run("zipped")
    assert "1 x 20 x 24 (channels" in text and "480 pixels as a code of 4" in text
    assert "a row a class" in text and "no labels" not in text
    card = read_json(paths.report("zipped") / "data" / "card.json")
    assert card["images_per_class"]["test"] == {"a": 6, "b": 6}


def test_a_part_with_a_single_class_is_noted(project: Path, capsys: pytest.CaptureFixture) -> None:
    grey = np.ascontiguousarray(pictures()[..., 0])
    classes = np.repeat(["a", "b", "c"], [20, 15, 15])
    np.savez(project / "own" / "zipped.npz", images=grey, labels=classes, together=classes)
    with (project / "params.yaml").open("w") as file:
        grouped = PARAMS["sets"]["zipped"] | {"group": "together"}
        YAML().dump(PARAMS | {"sets": {"zipped": grouped}, "datasets": ["zipped"]}, file)
    prepare("zipped")
    notes = read_json(paths.report("zipped") / "data" / "card.json")["notes"]
    said = (
        "All {} images are of one of the 3 classes, [abc]; `group` keeps whole groups in one part"
    )
    of_one_class = [note for note in notes if note.startswith("All ")]
    for part, note in zip(("training", "validation", "test"), of_one_class, strict=True):
        assert re.fullmatch(said.format(part), note)
    assert of_one_class[-1] in capsys.readouterr().err


def test_the_same_bytes_twice_and_others_for_another_image(project: Path) -> None:
    def outputs() -> list[bytes]:
        prepare("mine")
        card = paths.report("mine") / "data"
        files = [paths.prepared("mine"), card / "card.json", card / "examples.png"]
        return [file.read_bytes() for file in files]

    first = outputs()
    # Neither the order of writing nor the time of it matters.
    for file in sorted((project / "own" / "mine").iterdir(), reverse=True):
        content = file.read_bytes()
        file.unlink()
        file.write_bytes(content)
    assert outputs() == first
    Image.new("RGB", (24, 20), "red").save(project / "own" / "mine" / "07.png")
    assert outputs()[:2] != first[:2]


def broken(project: Path) -> None:
    (project / "own" / "mine" / "03.png").write_bytes(b"x")


def mixed(project: Path) -> None:
    Image.new("RGB", (9, 9)).save(project / "own" / "mine" / "03.png")


def few(project: Path) -> None:
    for file in (project / "own" / "mine").glob("[1-4]*"):
        file.unlink()


def pickled(project: Path) -> None:
    np.savez(project / "own" / "zipped.npz", images=np.array([{}] * 50))


def worded(project: Path) -> None:
    (project / "own" / "rows.csv").write_text("a,b\n1,2\n1,x\n")


@pytest.mark.parametrize(
    ("damage", "dataset", "says"),
    [
        (broken, "strict", "own/mine: 1 broken file: 03.png (not an image of a known format)"),
        (mixed, "mine", "own/mine: images of 2 sizes"),
        (few, "mine", "own/mine: 10 images"),
        (pickled, "zipped", "own/zipped.npz: not a readable array file"),
        (worded, "rows", "own/rows.csv: 'x' in row 2 of column 'b' is no number"),
        (lambda _: None, "rows", "own/rows.csv: no such file"),
    ],
)
def test_a_mistake_is_one_line_and_leaves_nothing(
    damage,
    dataset: str,
    says: str,
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
) -> None:
    damage(project)
    monkeypatch.setattr("sys.argv", ["aebench", "prepare", dataset])
    assert main() == 2
    said = capsys.readouterr().err
    assert said.startswith(f"aebench: {says}") and said.count("\n") == 1
    assert sorted(file.name for file in project.iterdir()) == ["own", "params.yaml"]


def unnamed(project: Path) -> None:
    (project / "own" / os.fsdecode(b"gr\xfcn.png")).touch()


def waiting(project: Path) -> None:
    os.mkfifo(project / "own" / "pipe")


def replaced(project: Path) -> None:
    (project / "params.yaml").unlink()
    os.mkfifo(project / "params.yaml")


def huge(project: Path) -> None:
    Image.new("1", (4100, 4100)).save(project / "own" / "mine" / "03.png")


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (unnamed, "own/gr\\udcfcn.png: its name is not UTF-8"),
        (waiting, "own/pipe: a named pipe"),
        (replaced, "params.yaml: a named pipe, not a regular file"),
        (mixed, "own/mine: images of 2 sizes"),
        (few, "own/mine: 10 images"),
        (huge, "own/mine: 03.png: 4100 x 4100 values; allowed: up to 16777216"),
    ],
)
def test_checking_refuses_what_would_stop_the_pipeline(
    damage,
    says: str,
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
) -> None:
    monkeypatch.setattr("sys.argv", ["aebench", "check"])
    assert main() == 0 and "params.yaml is fine" in capsys.readouterr().out
    damage(project)
    assert main() == 2
    said = capsys.readouterr().err
    assert said.startswith(f"aebench: {says}") and said.count("\n") == 1
